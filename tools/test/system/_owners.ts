import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createRpcClient } from "@shop/platform/grpc-client";
import { CreateOrderRequest, type DeepPartial, OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
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
  readonly pid: number;
  readonly grpc: number;
  readonly ops: number;
  readonly told: readonly Told[];
  /** The deed at which it has died; undefined as long as it lives. */
  readonly died: string | undefined;
  /** Places an order as alice; rejects where the process dies before it answers. */
  place(request: DeepPartial<CreateOrderRequest>, timeoutMs?: number): Promise<unknown>;
  /** Waits until it has told of such a thing. */
  has(key: keyof Told): Promise<Told>;
  signal(name: NodeJS.Signals): void;
  /** Ends it (SIGKILL where it does not stop at once) and waits until it is gone. */
  end(): Promise<void>;
}

const main = join(import.meta.dirname, "..", "..", "..", "order-service", "test", "process", "mortal-main.ts");
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
export async function startOwner(
  neighbours: Neighbours,
  { death, variables = {}, claimsNothing = false }: OwnerOptions = {},
): Promise<Owner> {
  const dies = death && { DIES_AT: String(death.at), DIES_WHEN: death.when, DIES_BY: death.by ?? "SIGKILL" };
  const child = spawn(process.execPath, [main], {
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
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => undefined); // it may be gone
  const told = listen(child);
  const isGone = () => child.exitCode !== null || child.signalCode !== null;
  const has = (key: keyof Told) =>
    eventually(
      () => {
        const found = told.find((each) => each[key] !== undefined);
        if (found === undefined)
          throw new Error(`The process ${child.pid} has not told of ${key}: ${JSON.stringify(told)}`);
        return found;
      },
      { timeoutMs: 40_000 },
    );
  const { ready: ports = { grpc: 0, ops: 0 } } = await Promise.race([
    has("ready"),
    once(child, "exit").then(() =>
      Promise.reject(new Error(`The order service did not start: ${JSON.stringify(told)}`)),
    ),
  ]);
  const rpc = createRpcClient(OrderServiceService, { address: `127.0.0.1:${ports.grpc}` });
  const authorization = `Bearer ${neighbours.identity.userToken({ userId: aliceId })}`;
  return {
    pid: child.pid as number,
    ...ports,
    told,
    get died() {
      return told.find(({ deed }) => deed !== undefined)?.deed;
    },
    has,
    place: (request, timeoutMs = 20_000) =>
      rpc.createOrder(CreateOrderRequest.fromPartial(request), { timeoutMs, authorization }),
    signal: (name) => child.kill(name),
    async end() {
      rpc.close();
      if (isGone()) return;
      child.kill("SIGKILL");
      await once(child, "exit");
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
