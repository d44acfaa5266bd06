import type { Log } from "@shop/platform/logging";
import type { Metrics } from "@shop/platform/metrics";
import type { OrderId } from "./domain/ids.ts";
import type { Refusal } from "./domain/served-countries.ts";

/** What happens to shipments, told once to the metrics and the log together. Repeats of a request do not count. */
export interface ShippingEvents {
  /** A shipment will be sent. */
  shipmentScheduled(orderId: OrderId): void;
  /** An address was found not to be served. */
  shipmentRefused(orderId: OrderId, refusal: Refusal): void;
  /** A shipment will not be sent, or a tombstone was left. */
  shipmentCancelled(orderId: OrderId): void;
}

/** Declares the metrics, which stand at 0 from now on. */
export function createEvents({ metrics, log }: { metrics: Metrics; log: Log }): ShippingEvents {
  const scheduled = metrics.counter({ name: "shipment_scheduled_total", help: "Shipments scheduled." });
  const refused = metrics.counter({ name: "shipment_refused_total", help: "Shipments whose address is not served." });
  const cancelled = metrics.counter({ name: "shipment_cancelled_total", help: "Orders whose shipment was cancelled." });
  return {
    shipmentScheduled(orderId) {
      scheduled.inc();
      log.info({ orderId }, "shipment scheduled");
    },
    shipmentRefused(orderId, { code }) {
      refused.inc();
      log.info({ orderId, code }, "shipment refused");
    },
    shipmentCancelled(orderId) {
      cancelled.inc();
      log.info({ orderId }, "shipment cancelled");
    },
  };
}
