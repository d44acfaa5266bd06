import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "@shop/testkit/system";
import { openShop, type Product } from "../system/_shop.ts";
import { type GrpcAnswer, openRawGrpc, type RawGrpc, type RawMetadata } from "./_raw-grpc.ts";
import { type HttpAnswer, type HttpRequest, sendHttp } from "./_raw-http.ts";
import { doorOf, type GrpcDoor, grpcDoors } from "./_rpcs.ts";

/** The running system as an attacker reaches it: every service's own port, with nothing in between. */
export interface Doors {
  readonly system: System;
  /** Calls a method at its service's door, or at another one. */
  call(path: string, metadata: RawMetadata, request: Uint8Array, door?: GrpcDoor): Promise<GrpcAnswer>;
  /** Sends a request to the gateway. */
  rest(path: string, request: HttpRequest): Promise<HttpAnswer>;
  /** Sends a request to the identity service. */
  identity(path: string, request: HttpRequest): Promise<HttpAnswer>;
  /** What the installation has minted for itself. */
  secrets(): Promise<Secrets>;
  query: Awaited<ReturnType<typeof openShop>>["query"];
  products(): Promise<Product[]>;
  close(): Promise<void>;
}

export interface Secrets {
  readonly orderServiceClient: string;
  readonly notificationServiceClient: string;
  readonly loadTestClient: string;
  readonly keyEncryption: string;
  readonly databases: Readonly<Record<string, string>>;
}

/** So that no limit for one address answers before the door does. */
const noLimits = { ORDERS_PER_SECOND: "100000", REQUESTS_PER_SECOND: "1000000" };

/** Starts the whole system, each service a process, and opens a connection to each door. */
export async function openDoors(env: Record<string, string> = {}): Promise<Doors> {
  const shop = await openShop({ ...noLimits, ...env });
  const { system } = shop;
  const clients = Object.fromEntries(
    grpcDoors.map((door) => [door, openRawGrpc(system.grpcDoors[door] ?? "")]),
  ) as Record<GrpcDoor, RawGrpc>;
  return {
    system,
    call: (path, metadata, request, door = doorOf(path)) => clients[door].call(path, metadata, request),
    rest: (path, request) => sendPatiently(`${system.restUrl}${path}`, request),
    identity: (path, request) => sendPatiently(`${system.identityUrl}${path}`, request),
    secrets: async () => JSON.parse(await readFile(system.secretsFile, "utf8")),
    query: shop.query,
    async products() {
      const { body } = await sendPatiently(`${system.restUrl}/api/products?pageSize=100`, { method: "GET" });
      return JSON.parse(body).products;
    },
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()));
      await shop.close();
    },
  };
}

/** How often, and after how long, a request is sent again that was turned away only because there was too much to do. */
const SHED = { times: 40, pauseMs: 250 };

async function sendPatiently(url: string, request: HttpRequest): Promise<HttpAnswer> {
  for (let time = 1; ; time++) {
    const answer = await sendHttp(url, request);
    const isShed = answer.status === 503 && answer.body.includes('"code":"OVERLOADED"');
    if (!isShed || time === SHED.times) return answer;
    await sleep(SHED.pauseMs);
  }
}
