import type { MutatedProvider } from "../_mutation.ts";

export const mutatedShipping: MutatedProvider = {
  provider: "shipping-service",
  mutations: [
    {
      name: "a tombstone is taken for a shipment",
      file: "src/domain/shipment.ts",
      from: 'return { reason: "UNDONE" };',
      to: "return undefined;",
      breaks: ["a shipment after a cancellation that came first", "a shipment after its cancellation"],
    },
    {
      name: "a shipment has no tracking number",
      file: "src/api/messages.ts",
      from: "status: statuses[status], trackingNumber,",
      to: 'status: statuses[status], trackingNumber: "",',
      breaks: ["a shipment", "the same shipment again"],
    },
    {
      name: "a refusal is an error",
      file: "src/api/schedule-shipment.ts",
      from: 'return { outcome: { $case: "refusal", value: shipment.refusal } };',
      to: 'throw rejectionError({ reason: "UNDONE" }, shipment.orderId);',
      breaks: ["a shipment to a country that is not served", "a shipment that was refused, again"],
    },
    {
      name: "what is cancelled is said to be scheduled",
      file: "src/api/cancel-shipment.ts",
      from: "ShipmentStatus.SHIPMENT_STATUS_CANCELLED };",
      to: "ShipmentStatus.SHIPMENT_STATUS_SCHEDULED };",
      breaks: ["a cancellation", "a cancellation of nothing"],
    },
    {
      name: "another address than the order's is taken",
      file: "src/domain/shipment.ts",
      from: "differences.length === 0 ? undefined",
      to: "differences.length < 9 ? undefined",
      breaks: ["a shipment to another address than the order's", "a shipment of other lines than the order's"],
    },
    {
      name: "what is undone has no reason",
      file: "src/api/rejection.ts",
      from: "reason: rejection.reason,",
      to: "",
      breaks: ["a shipment after a cancellation that came first"],
    },
    {
      name: "a cancellation does not last",
      file: "src/store/cancel-shipment.ts",
      from: "DO UPDATE SET status = 'CANCELLED', updated_at = now()\n      WHERE known.status <> 'CANCELLED'",
      to: "DO NOTHING",
      breaks: ["a shipment after its cancellation", "a look at a shipment that is cancelled"],
    },
  ],
};
