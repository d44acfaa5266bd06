import { isDeadlock, isSerializationFailure } from "@shop/platform/postgres";
import type { Check, CheckAnswer } from "../domain/check.ts";
import type { Command, Decision } from "../domain/reservation.ts";
import { answerChecks } from "./answer-checks.ts";
import { applyCommands, type ReservationRules } from "./apply-commands.ts";
import type { Database } from "./database.ts";
import { createGatherer } from "./gatherer.ts";
import { mayBeOneItemsFault } from "./row-fault.ts";

/** All reservations, shared by whoever asks at the same time. */
export interface ReservationBook {
  /** Carries one command out, in one transaction with whatever else is asked meanwhile. */
  apply(command: Command, signal?: AbortSignal): Promise<Decision>;
  /** Answers one check, changing nothing. */
  check(check: Check, signal?: AbortSignal): Promise<CheckAnswer>;
  /** Takes nothing more and resolves when everything taken is answered. */
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 5;

/** Opens the book on a database that has its tables. */
export function createReservationBook(database: Database, rules: ReservationRules): ReservationBook {
  const commands = createGatherer<Command, Decision>({
    flush: (batch) => retryConflicts(() => applyCommands(database, batch, rules)),
    mayBeOneItemsFault,
  });
  const checks = createGatherer<Check, CheckAnswer>({
    flush: (batch) => answerChecks(database, batch, rules.isForcedShortage),
    mayBeOneItemsFault,
  });
  return {
    apply: (command, signal) => commands.submit(command, signal),
    check: (check, signal) => checks.submit(check, signal),
    async close() {
      await Promise.all([commands.close(), checks.close()]);
    },
  };
}

/** A transaction that lost a deadlock has changed nothing and its rival has won: again at once, a few times. */
async function retryConflicts<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (err) {
      if (attempt === MAX_ATTEMPTS || !(isDeadlock(err) || isSerializationFailure(err))) throw err;
    }
  }
}
