// An order service as a process of its own that dies, or stops, at a chosen one of the deeds of its sagas: the writes to
// its journal and the calls of its participants. What happens is told on standard output, a line of JSON for each thing.
import { writeSync } from "node:fs";
import { createServiceTokens } from "@shop/platform/auth";
import { fromUnknown } from "@shop/platform/errors";
import { runService } from "@shop/platform/lifecycle";
import { createLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import { createPostgresJournal, type Journal } from "@shop/saga";
import type { Checkout } from "../../src/checkout/checkout.ts";
import { orderEvents, orderProgress } from "../../src/checkout/order-progress.ts";
import type { CallTerms, Participants } from "../../src/checkout/ports.ts";
import { connectParticipants } from "../../src/clients/participants.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createContext } from "../../src/context.ts";
import { createOrderProjection } from "../../src/store/order-projection.ts";
import type { NewOrder } from "../../src/store/orders.ts";

/** At the first deed of this name, such as `process` or `write Completed`, or at the n-th of any; at none where it is not set. */
const diesAt = process.env.DIES_AT;
/** Before or after the deed has its effect. */
const when = process.env.DIES_WHEN === "after" ? "after" : "before";
/** SIGSTOP lets a test continue it later. */
const signal = process.env.DIES_BY === "SIGSTOP" ? "SIGSTOP" : "SIGKILL";
/** Leaves to others what others have left behind. */
const claimsNothing = process.env.CLAIMS_NOTHING === "on";
const lateCallLimitMs = 10_000;
let deeds = 0;
let hasDied = false;

function tell(what: Record<string, unknown>): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

/** Does a deed, or dies at it. `late` is done instead by a process that was stopped before it and continued. */
async function perform<T>(name: string, deed: () => Promise<T>, late: () => Promise<T> = deed): Promise<T> {
  deeds += 1;
  const isLast = !hasDied && (diesAt === name || diesAt === String(deeds));
  if (isLast && when === "before") {
    die(name);
    return told(name, late);
  }
  const result = await deed();
  if (isLast) {
    die(name);
    tell({ late: name, answer: "none was sent" });
  }
  return result;
}

function die(name: string): void {
  hasDied = true;
  tell({ deed: name });
  process.kill(process.pid, signal);
}

async function told<T>(name: string, late: () => Promise<T>): Promise<T> {
  try {
    const answer = await late();
    tell({ late: name, answer: inWords(answer) });
    return answer;
  } catch (err) {
    const { code, reason } = fromUnknown(err);
    tell({ late: name, answer: reason ?? code });
    throw err;
  }
}

/** The journal answers with a word, a participant with a refusal or with what it has done. */
function inWords(answer: unknown): string {
  if (typeof answer === "string") return answer;
  return (answer as { refused?: { code: string } } | undefined)?.refused?.code ?? "done";
}

function mortalJournal(config: Config): Journal<Checkout, NewOrder> {
  const log = createLog({ service: "mortal", level: "silent" });
  const pool = createPool({ url: config.databaseUrl, applicationName: "mortal journal", max: 4, pipeline: true, log });
  const journal = createPostgresJournal({
    pool,
    table: "order_sagas",
    keyColumn: "order_id",
    projection: createOrderProjection({ progress: orderProgress, events: orderEvents }),
  });
  return {
    ...journal,
    insert: (...args) => perform("insert", () => journal.insert(...args)),
    write: (write) => perform(`write ${write.saga.status}`, () => journal.write(write)),
    claimDue: async (claim) => (claimsNothing ? [] : journal.claimDue(claim)),
    claimLost: async (...claim) => (claimsNothing ? [] : journal.claimLost(...claim)),
  };
}

/** A late call is sent whatever the engine thinks of it by then: the message was on its way. */
function mortalParticipants(config: Config): Participants {
  const { identity, addresses } = config;
  const log = createLog({ service: "mortal", level: "silent" });
  const tokens = createServiceTokens({ ...identity, tokenUrl: `${identity.url}/oauth2/token`, log });
  const ignore = () => undefined;
  const { participants } = connectParticipants({ addresses, tokens, log, onBreaker: ignore, onReachable: ignore });
  const mortal = Object.entries(participants).map(([name, port]) => {
    const methods = Object.entries(port as Record<string, (...args: unknown[]) => Promise<unknown>>);
    return [name, Object.fromEntries(methods.map(([method, call]) => [method, mortalCall(method, call)]))];
  });
  return Object.fromEntries(mortal) as Participants;
}

function mortalCall(name: string, call: (...args: unknown[]) => Promise<unknown>) {
  return (...args: unknown[]) =>
    perform(
      name,
      () => call(...args),
      () => {
        const terms = args.at(-1) as CallTerms;
        const signal = AbortSignal.timeout(lateCallLimitMs);
        return call(...args.slice(0, -1), { ...terms, timeoutMs: lateCallLimitMs, signal });
      },
    );
}

await runService({
  name: "order-service",
  readConfig,
  createContext: async (config) => {
    const overrides = { journal: mortalJournal(config), participants: mortalParticipants(config) };
    const context = await createContext(config, overrides);
    return {
      log: context.log,
      async start() {
        await context.start();
        tell({ ready: context.ports });
      },
      close: () => context.close(),
    };
  },
});
