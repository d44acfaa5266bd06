import { createTokenVerifier } from "@shop/platform/auth";
import { silentLog } from "@shop/platform/logging";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { type Config, readConfig } from "../src/config.ts";
import { type Context, createContext, type Overrides } from "../src/context.ts";
import { type HttpNeighbour, type Neighbours, startHttpNeighbour, startNeighbours } from "./_neighbours.ts";

/** An answer of the gateway, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back.
  readonly body: any;
}

/** A gateway among fake neighbours, spoken to over real HTTP. */
export interface TestGateway {
  readonly context: Context;
  readonly url: string;
  readonly opsUrl: string;
  readonly neighbours: Neighbours;
  /** Mints tokens. */
  readonly tokens: TestIdentity;
  /** What stands behind /auth. */
  readonly identity: HttpNeighbour;
  get(path: string, init?: RequestInit): Promise<Answer>;
  /** Sends `body` as JSON, or as it is where it is text; by alice unless the headers say otherwise. */
  post(path: string, body: unknown, headers?: Record<string, string | undefined>): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a gateway on free ports; `env` says what is configured otherwise. */
export async function startGateway(env: NodeJS.ProcessEnv = {}, overrides: Overrides = {}): Promise<TestGateway> {
  const tokens = await createTestIdentity();
  const verifier = createTokenVerifier({ keys: tokens.keys(), issuer: tokens.issuer, audience: "gateway" });
  const [neighbours, identity] = await Promise.all([startNeighbours(verifier), startHttpNeighbour()]);
  const config = readConfig({
    HTTP_PORT: "0",
    OPS_PORT: "0",
    IDENTITY_URL: identity.url,
    ORDERS_ADDRESS: neighbours.ordersAddress,
    INVENTORY_ADDRESS: neighbours.inventoryAddress,
    ...Object.fromEntries(services.map((service) => [`${service}_OPS_URL`, identity.url])),
    // Tests run beside each other on few cores: being late is no reason to refuse here.
    MAX_EVENT_LOOP_DELAY_MS: "15000",
    ...env,
  });
  const closeNeighbours = async () => {
    await Promise.all([neighbours.close(), identity.close(), tokens.close()]);
  };
  const context = await startContext(config, { log: silentLog(), verifier, ...overrides }, closeNeighbours);
  const url = `http://127.0.0.1:${context.ports.http}`;
  return {
    context,
    url,
    opsUrl: `http://127.0.0.1:${context.ports.ops}`,
    neighbours,
    tokens,
    identity,
    get: async (path, init = {}) => read(await fetch(`${url}${path}`, init)),
    post: async (path, body, headers = {}) =>
      read(await fetch(`${url}${path}`, postInit(body, { authorization: `Bearer ${tokens.userToken()}`, ...headers }))),
    close: async () => {
      await context.close();
      await closeNeighbours();
    },
  };
}

/** The started gateway; what was started for one that does not start is closed. */
async function startContext(config: Config, overrides: Overrides, closeOthers: () => Promise<void>): Promise<Context> {
  try {
    const context = await createContext(config, overrides);
    await context.start();
    return context;
  } catch (err) {
    await closeOthers();
    throw err;
  }
}

const services = ["IDENTITY", "ORDERS", "INVENTORY", "PAYMENTS", "SHIPPING", "NOTIFICATIONS"];

function postInit(body: unknown, headers: Record<string, string | undefined>): RequestInit {
  const all = { "content-type": "application/json", ...headers };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const isReady = typeof body === "string" || body instanceof Uint8Array;
  return { method: "POST", headers: given, body: isReady ? (body as string) : JSON.stringify(body) };
}

async function read(res: Response): Promise<Answer> {
  const text = await res.text();
  const isJson = res.headers.get("content-type")?.includes("json") === true && text !== "";
  return { status: res.status, headers: res.headers, body: isJson ? JSON.parse(text) : text };
}
