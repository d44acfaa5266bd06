import type { Recipients } from "../clients/recipients.ts";
import type { Transport } from "../clients/transport.ts";
import type { NotificationEvents } from "../events.ts";
import type { Database } from "../store/database.ts";

/** What the RPCs stand on. */
export interface ServiceParts {
  readonly database: Database;
  readonly events: NotificationEvents;
  readonly recipients: Recipients;
  readonly transport: Transport;
  /** For how long one caller has a message to itself, in milliseconds; longer than its sending may take. */
  readonly claimMs: number;
}
