import type { Queryable } from "@shop/platform/postgres";
import type { Events } from "../events.ts";
import { deleteExpiredLoginNetworks } from "../store/login-networks.ts";
import { deleteExpiredFamilies } from "../store/refresh-tokens.ts";
import { createRepeated, deleteInBatches, type Repeated } from "./repeated.ts";

/** Deletes logins whose refresh tokens have expired, and networks that nobody has logged in from for long. */
export function createExpiredLoginsJob(db: Queryable, events: Events, everyMs: number): Repeated {
  return createRepeated({
    everyMs,
    async run(isClosed) {
      const deleted = await deleteInBatches((limit) => deleteExpiredFamilies(db, limit), isClosed);
      if (deleted > 0) events.expiredLoginsDeleted(deleted);
      await deleteInBatches((limit) => deleteExpiredLoginNetworks(db, limit), isClosed);
    },
    onFailure: (err) => events.expiredLoginsNotDeleted(err),
  });
}
