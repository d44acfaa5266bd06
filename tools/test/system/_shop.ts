import { randomUUID } from "node:crypto";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { type System, type SystemOptions, startSystem } from "@shop/testkit/system";
import pg from "pg";

/** The password of the demo users. */
export const DEMO_PASSWORD = "demo-password";
/** A country that is served. */
export const HOME = { street: "1 Main St", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
/** A country that is not. */
export const FAR = { ...HOME, country: "AQ" };

/** An answer over REST. Members are read as the test expects them; a wrong shape fails the test. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is what a test is about to find out
  readonly body: any;
}

/** The running system, with a user's view of it. */
export interface Shop {
  readonly system: System;
  readonly orders: RpcClient<typeof OrderServiceService>;
  /** The access token of a demo user. */
  token(user: string): Promise<string>;
  get(path: string, token?: string): Promise<Answer>;
  post(path: string, body: unknown, options?: PostOptions): Promise<Answer>;
  /** Places an order as alice. */
  order(body: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  /** The catalogue, by how many are available. */
  products(): Promise<Product[]>;
  /** Something affordable that there is plenty of. */
  affordable(): Promise<Product>;
  /** Asks the database of a service. */
  query<Row extends pg.QueryResultRow>(service: string, sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export interface PostOptions {
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: { readonly amount: string; readonly currency: string };
  readonly available: number;
}

/**
 * Starts the whole system: every service a process, a database of its own, free ports.
 *
 * @param env Variables that an operator could set.
 */
export async function openShop(
  env: Record<string, string> = {},
  options: Pick<SystemOptions, "replicas" | "durable" | "mongod"> = {},
): Promise<Shop> {
  const system = await startSystem({ env, ...options });
  const orders = createRpcClient(OrderServiceService, { address: system.grpcAddress });
  const tokens = new Map<string, Promise<string>>();

  async function send(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${system.restUrl}${path}`, { ...init, signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  function post(path: string, body: unknown, { token, headers = {} }: PostOptions = {}): Promise<Answer> {
    return send(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(token), ...headers },
      body: typeof body === "string" || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
    });
  }

  async function logIn(username: string): Promise<string> {
    const { status, body } = await post("/auth/login", { username, password: DEMO_PASSWORD });
    if (status !== 200) throw new Error(`login as ${username} answered ${status}`);
    return body.access_token;
  }

  async function products(): Promise<Product[]> {
    const { status, body } = await send("/api/products?pageSize=100", {});
    if (status !== 200) throw new Error(`the catalogue answered ${status}: ${JSON.stringify(body)}`);
    return body.products;
  }

  function token(user: string): Promise<string> {
    const found = tokens.get(user) ?? logIn(user);
    tokens.set(user, found);
    return found;
  }

  return {
    system,
    orders,
    token,
    post,
    get: (path, token) => send(path, { headers: bearer(token) }),
    order: async (body, headers) => post("/api/orders", body, { token: await token("alice"), headers }),
    products,
    async affordable() {
      const found = (await products()).find(({ price, available }) => Number(price.amount) < 100 && available >= 100);
      if (found === undefined) throw new Error("the catalogue has nothing to order");
      return found;
    },
    async query<Row extends pg.QueryResultRow>(service: string, sql: string, values: unknown[] = []): Promise<Row[]> {
      const client = new pg.Client({ connectionString: system.databaseUrls[service] });
      await client.connect();
      try {
        return (await client.query<Row>(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      orders.close();
      await system.stop();
    },
  };
}

/** A new order id that ends in `digit`: the sandbox gives 0, 1 and 2 a meaning. */
export function orderIdEndingIn(digit: string): string {
  return `${randomUUID().slice(0, -1)}${digit}`;
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
