import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createRpcClient } from "@shop/platform/grpc-client";
import { CreateOrderRequest, type DeepPartial, OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
import { killGroup } from "../../src/supervisor/process-table.ts";
import type { Neighbours } from "./_neighbours.ts";

/** A deed of an order service's sagas at which its process dies: a write to its journal, or a call. */
export interface Death {
  /** The first one of this name, such as `process` or `write Completed`, or the n-th of any. */
  readonly at: string | number;
  readonly when: "before" | "after";
  /** SIGSTOP for one that is continued later. Default SIGKILL. */
  readonly by?: "SIGKILL" | "SIGSTOP";
}

/** What an order service's process has told. */
export interface Told {
  readonly ready?: { readonly grpc: number; readonly ops: number };
  /** The deed at which it died. */
  readonly deed?: string;
  /** The deed that it did after it was continued, and the answer. */
  readonly late?: string;
  readonly answer?: string;
}

/** An order service in a process of its own. */
export interface Owner {
  /** The port of its health and metrics. */
  readonly ops: number;
  /** The deed at which it has died; undefined as long as it lives. */
  readonly died: string | undefined;
  /** Places an order as alice; rejects where the process dies before it answers. */
  place(request: DeepPartial<CreateOrderRequest>, timeoutMs?: number): Promise<unknown>;
  /** Waits until it has told of such a thing. */
  has(key: keyof Told): Promise<Told>;
  signal(name: NodeJS.Signals): void;
  /** Kills it and waits until it is gone. */
  end(): Promise<void>;
}

const main = join(import.meta.dirname, "..", "..", "..", "order-service", "test", "process", "mortal-main.ts");
const guard = join(import.meta.dirname, "..", "..", "src", "supervisor", "guard.sh");
const compileCache = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "shop-compile-cache");

/** How these tests find out quickly that a process is gone. */
export const soonLost = { SAGA_OWNER_LOST_AFTER_MS: "2000", SAGA_RETRY_DELAY_MS: "50" };

export interface OwnerOptions {
  readonly death?: Death;
  readonly variables?: Readonly<Record<string, string>>;
  /** Leaves to others what others have left behind. Default false. */
  readonly claimsNothing?: boolean;
}

/** Starts an order service, one that dies where it is told to. */
export function startOwner(neighbours: Neighbours, options: OwnerOptions = {}): Promise<Owner> {
  return inTurn(() => start(neighbours, options));
}

const running = new Set<() => Promise<void>>();

/** Ends those that a test that failed has left: they would keep jest from ending. */
export async function endOwners(): Promise<void> {
  await Promise.all([...running].map((end) => end()));
}

/** To start takes processor time: of many that start at once none would be ready soon. */
const starting = Array.from({ length: 3 }, () => Promise.resolve());

function inTurn<T>(begin: () => Promise<T>): Promise<T> {
  const [before = Promise.resolve()] = starting.splice(0, 1);
  const begun = before.then(begin);
  starting.push(
    begun.then(
      () => undefined,
      () => undefined, // told to who began it
    ),
  );
  return begun;
}

async function start(
  neighbours: Neighbours,
  { death, variables = {}, claimsNothing = false }: OwnerOptions,
): Promise<Owner> {
  const dies = death && { DIES_AT: String(death.at), DIES_WHEN: death.when, DIES_BY: death.by ?? "SIGKILL" };
  // The guard ends it with this process, also where it is stopped (SIGSTOP) and could not notice that by itself.
  const child = spawn("/bin/sh", [guard, "KILL", "1", process.execPath, main], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: compileCache,
      ...neighbours.variables,
      ...soonLost,
      LOG_LEVEL: "silent",
      ...variables,
      ...dies,
      CLAIMS_NOTHING: claimsNothing ? "on" : "off",
    },
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined); // it may be gone
  const group = child.pid as number;
  const told = listen(child);
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const has = (key: keyof Told) =>
    eventually(
      () => {
        const found = told.find((each) => each[key] !== undefined);
        if (found === undefined) throw new Error(`The process has not told of ${key}: ${JSON.stringify(told)}`);
        return found;
      },
      { timeoutMs: 40_000 },
    );
  const end = async () => {
    running.delete(end);
    if (isGone()) return;
    killGroup(group);
    await once(child, "exit");
  };
  running.add(end);
  const ended = once(child, "exit").then(() => {
    throw new Error(`The order service did not start: ${JSON.stringify(told)}`);
  });
  ended.catch(() => undefined); // told as long as it starts
  const { ready: { grpc, ops } = { grpc: 0, ops: 0 } } = await Promise.race([has("ready"), ended]).catch(
    async (err) => {
      await end();
      throw err;
    },
  );
  const rpc = createRpcClient(OrderServiceService, { address: `127.0.0.1:${grpc}` });
  const authorization = `Bearer ${neighbours.identity.userToken({ userId: aliceId })}`;
  return {
    ops,
    get died() {
      return told.find(({ deed }) => deed !== undefined)?.deed;
    },
    has,
    place: (request, timeoutMs = 20_000) =>
      rpc.createOrder(CreateOrderRequest.fromPartial(request), { timeoutMs, authorization }),
    signal: (name) => process.kill(-group, name),
    end() {
      rpc.close();
      return end();
    },
  };
}

function listen(child: ChildProcess): Told[] {
  const told: Told[] = [];
  if (child.stdout === null) throw new Error("The process has no standard output.");
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith("{")) told.push(JSON.parse(line));
  });
  return told;
}
