import type { Log } from "@shop/platform/logging";
import type { Counter, Metrics } from "@shop/platform/metrics";
import type { Adjustment } from "./domain/adjustment.ts";
import type { Refusal } from "./domain/availability.ts";
import type { OrderId } from "./domain/ids.ts";

/** What happens in the inventory, told once to the metrics and the log together. */
export interface InventoryEvents {
  /** A check was answered, whichever way. */
  availabilityChecked(orderId: OrderId, refusal: Refusal | undefined): void;
  /** Units are held from now on. Repeats of the same request do not count. */
  inventoryReserved(orderId: OrderId): void;
  /** A request to hold units was refused for the first time. */
  reservationRefused(orderId: OrderId, refusal: Refusal): void;
  /** An order was found to want more than there is, by a check or a reservation; recorded refusals do not count again. */
  shortageFound(orderId: OrderId, refusal: Refusal): void;
  /** Held units were sold. */
  inventoryCommitted(orderId: OrderId): void;
  /** Held units were given back, or a tombstone was left. */
  inventoryReleased(orderId: OrderId): void;
  /** Held units were given back because nobody committed in time. */
  reservationExpired(orderId: OrderId): void;
  /** An Admin changed what is on a shelf. */
  stockAdjusted(adjustment: Adjustment): void;
}

/** Declares the metrics, which stand at 0 from now on. */
export function createEvents({ metrics, log }: { metrics: Metrics; log: Log }): InventoryEvents {
  const count = (name: string, help: string): Counter => metrics.counter({ name, help });
  const checks = count("inventory_check_total", "Availability checks answered.");
  const reserved = count("inventory_reserved_total", "Orders whose units were reserved.");
  const refused = count("inventory_refused_total", "Orders whose units could not be reserved.");
  const shortages = count("inventory_shortage_total", "Times an order was found to want more than is in stock.");
  const committed = count("inventory_committed_total", "Reservations sold.");
  const released = count("inventory_released_total", "Orders released.");
  const expired = count("inventory_expired_total", "Reservations that expired.");
  const adjusted = count("inventory_adjusted_total", "Adjustments of the stock.");
  return {
    availabilityChecked(orderId, refusal) {
      checks.inc();
      log.debug({ orderId, code: refusal?.code ?? "OK" }, "availability checked");
    },
    inventoryReserved(orderId) {
      reserved.inc();
      log.info({ orderId }, "inventory reserved");
    },
    reservationRefused(orderId, { code }) {
      refused.inc();
      log.info({ orderId, code }, "reservation refused");
    },
    shortageFound(orderId, { code }) {
      shortages.inc();
      log.info({ orderId, code }, "shortage found");
    },
    inventoryCommitted(orderId) {
      committed.inc();
      log.info({ orderId }, "inventory committed");
    },
    inventoryReleased(orderId) {
      released.inc();
      log.info({ orderId }, "inventory released");
    },
    reservationExpired(orderId) {
      expired.inc();
      log.warn({ orderId }, "reservation expired");
    },
    stockAdjusted({ id, productId, delta, userId }) {
      adjusted.inc();
      log.info({ adjustmentId: id, productId, delta, userId }, "stock adjusted");
    },
  };
}
