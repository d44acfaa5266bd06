import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AttackedShop } from "./_shop-process.ts";

/** How a well-behaved caller fared: over all doors, in milliseconds. */
export interface Service {
  /** How many of its calls were answered, by door. */
  readonly answered: Readonly<Record<string, number>>;
  /** How many it was asked to make again later. */
  readonly shed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly failures: readonly string[];
}

/** A well-behaved caller in a process of its own. */
export interface GoodClient {
  /** How it fared since this was last asked. */
  taken(): Promise<Service>;
  close(): Promise<void>;
}

export async function startGoodClient({ grpc, http, tokens }: AttackedShop): Promise<GoodClient> {
  const doors = { grpc: grpc.inventory, orders: grpc.orders, ...http, token: tokens.customer };
  const child = fork(join(import.meta.dirname, "_good-client-process.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: { PATH: process.env.PATH, GOOD_CLIENT_DOORS: JSON.stringify(doors) },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await message(child);
  return {
    async taken() {
      child.send("taken");
      const { taken, failures } = (await message(child)) as { taken: Record<string, number[]>; failures: string[] };
      const { shed = [], failed = [], ...good } = taken;
      const all = [...Object.values(good), failed].flat().sort((a, b) => a - b);
      const answered = Object.fromEntries(Object.entries(good).map(([door, times]) => [door, times.length]));
      const at = (share: number) => Math.round((all[Math.floor(all.length * share)] ?? 0) * 10) / 10;
      return { answered, shed: shed.length, p50: at(0.5), p99: at(0.99), max: Math.round(all.at(-1) ?? 0), failures };
    },
    async close() {
      const ended = once(child, "exit");
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function message(child: ChildProcess): Promise<unknown> {
  const [answer] = await once(child, "message", { signal: AbortSignal.timeout(60_000) });
  return answer;
}
