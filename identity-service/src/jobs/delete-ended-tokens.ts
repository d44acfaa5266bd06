import type { Queryable } from "@shop/platform/postgres";
import type { Events } from "../events.ts";
import { deleteExpiredRevocations } from "../store/revocations.ts";
import { deleteRetiredKeys } from "../store/signing-keys.ts";
import { createRepeated, deleteInBatches, type Repeated } from "./repeated.ts";

/** Deletes revocations of tokens that have expired by now, and keys that have signed none that has not. */
export function createEndedTokensJob(db: Queryable, events: Events, everyMs: number): Repeated {
  return createRepeated({
    everyMs,
    async run(isClosed) {
      for (const kid of await deleteRetiredKeys(db)) events.retiredKeyDeleted(kid);
      const deleted = await deleteInBatches((limit) => deleteExpiredRevocations(db, limit), isClosed);
      if (deleted > 0) events.expiredRevocationsDeleted(deleted);
    },
    onFailure: (err) => events.cleaningFailed(err),
  });
}
