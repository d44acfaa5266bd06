import type { ShippingEvents } from "../events.ts";
import type { Database } from "../store/database.ts";

/** What the RPCs stand on. */
export interface ServiceParts {
  readonly database: Database;
  readonly events: ShippingEvents;
  /** The countries that are served. */
  readonly countries: ReadonlySet<string>;
}
