import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { choosePorts, type Ports } from "@shop/tools/system/ports";
import { serviceEnvironment, serviceTable } from "@shop/tools/system/service-table";

export type HostedService = "identity" | "inventory" | "payments" | "shipping" | "notifications" | "orders" | "gateway";

/** How the process of the shop fares. */
export interface Condition {
  /** In bytes, after a garbage collection. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  /** Connections that are open. */
  readonly sockets: number;
  /** The most processor time that one turn of the event loop took since this was last asked, in milliseconds. */
  readonly longestBlockMs: number;
  /** The first lines that were logged as errors since this was last asked. */
  readonly errors: readonly string[];
}

/** A shop as its attackers know it. */
export interface AttackedShop {
  /** The addresses of the gRPC doors, by service. */
  readonly grpc: Readonly<Record<string, string>>;
  /** The addresses of the HTTP doors. */
  readonly http: { readonly gateway: string; readonly identity: string };
  /** Tokens by whose they are: customer, operator, Admin and service (of every scope). */
  readonly tokens: Readonly<Record<string, string>>;
}

/** All services of the shop, in one process of their own, each at its own door. */
export interface ShopProcess extends AttackedShop {
  readonly ports: Ports;
  readonly isRunning: boolean;
  condition(): Promise<Condition>;
  /** The most processor time that one turn of the event loop took since this was last asked, in milliseconds. */
  longestBlock(): Promise<number>;
  /** The condition once the attack's traces have gone: at most `sockets` connections, in time. */
  settled(sockets: number, timeoutMs?: number): Promise<Condition>;
  close(): Promise<void>;
}

const clientSecret = "a-secret-of-the-services-in-this-test-only";
const demoUsers = { customer: "alice", operator: "oscar", Admin: "admin" };
const startLimitMs = 60_000;

/** Starts the shop, with room for many requests and with hashes that cost nothing. */
export async function openShopProcess(): Promise<ShopProcess> {
  const ports = await choosePorts({ free: true });
  const databases = await openDatabases();
  const child = fork(join(import.meta.dirname, "_shop-host.ts"), [], {
    execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
    env: { PATH: process.env.PATH, SHOP_ENVIRONMENTS: JSON.stringify(environmentsOf(ports, databases)) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const close = async () => {
    await stopChild(child);
    await Promise.all([...databases.values()].map((database) => database.drop()));
  };
  try {
    await ask(child, undefined, startLimitMs);
    const http = { gateway: `127.0.0.1:${ports.rest}`, identity: `127.0.0.1:${ports.identity}` };
    const condition = async () => (await ask(child, "condition", 30_000)) as Condition;
    return {
      ports,
      grpc: Object.fromEntries(grpcServices.map((name) => [name, `127.0.0.1:${ports[name]}`])),
      http,
      tokens: await tokensOf(http.identity),
      get isRunning() {
        return child.exitCode === null && child.signalCode === null;
      },
      condition,
      longestBlock: async () => Number(await ask(child, "block", 30_000)),
      settled: (sockets, timeoutMs = 30_000) =>
        eventually(
          async () => {
            const found = await condition();
            if (found.sockets > sockets) throw new Error(`${found.sockets} connections are open, not ${sockets}.`);
            return found;
          },
          { timeoutMs, intervalMs: 200 },
        ),
      close,
    };
  } catch (err) {
    await close();
    throw err;
  }
}

const grpcServices = ["inventory", "payments", "shipping", "notifications", "orders"] as const;

async function openDatabases(): Promise<Map<string, TestDatabase>> {
  const names = serviceTable.filter(({ hasDatabase }) => hasDatabase).map(({ name }) => name);
  return new Map(await Promise.all(names.map(async (name) => [name, await createTestDatabase()] as const)));
}

function environmentsOf(ports: Ports, databases: Map<string, TestDatabase>): Record<string, Record<string, string>> {
  const secrets = {
    orderServiceClient: clientSecret,
    notificationServiceClient: clientSecret,
    loadTestClient: clientSecret,
    keyEncryption: clientSecret,
    databases: {},
  };
  const operator = {
    ARGON2_MEMORY_KIB: "8",
    ARGON2_ITERATIONS: "1",
    ORDERS_PER_SECOND: "1000000",
    REQUESTS_PER_SECOND: "1000000",
    SAGA_RETRY_DELAY_MS: "10",
  };
  return Object.fromEntries(
    serviceTable.map((entry) => {
      const env = serviceEnvironment(entry, { ports, secrets }, operator);
      const url = databases.get(entry.name)?.url;
      return [entry.name, url === undefined ? env : { ...env, DATABASE_URL: url }];
    }),
  );
}

async function tokensOf(identity: string): Promise<Record<string, string>> {
  const users = Object.entries(demoUsers).map(async ([role, username]) => {
    const body = JSON.stringify({ username, password: "demo-password" });
    return [role, await askForToken(`http://${identity}/login`, "application/json", body)] as const;
  });
  const form = `grant_type=client_credentials&client_id=order-service&client_secret=${clientSecret}`;
  const service = await askForToken(`http://${identity}/oauth2/token`, "application/x-www-form-urlencoded", form);
  return { ...Object.fromEntries(await Promise.all(users)), service };
}

async function askForToken(url: string, contentType: string, body: string): Promise<string> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Asks, where there is something to ask, and gives the next message; a process that ends instead is an error. */
async function ask(child: ChildProcess, question: string | undefined, limitMs: number): Promise<unknown> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`The shop did not answer within ${limitMs} ms.`)), limitMs);
  const onExit = () => limit.abort(new Error(`The shop ended: ${child.exitCode ?? child.signalCode}.`));
  child.once("exit", onExit);
  try {
    if (child.exitCode !== null || child.signalCode !== null) onExit();
    const answer = once(child, "message", { signal: limit.signal });
    if (question !== undefined && child.connected) child.send(question);
    return (await answer)[0];
  } catch (err) {
    throw limit.signal.aborted ? limit.signal.reason : err;
  } finally {
    clearTimeout(timer);
    child.off("exit", onExit);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  if (child.connected) child.send("stop");
  await ended;
  clearTimeout(timer);
}
