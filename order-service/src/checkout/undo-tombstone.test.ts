import { AppError } from "@shop/platform/errors";
import { findTombstone, type Tombstone } from "./undo-tombstone.ts";

const terms = { userId: "u", timeoutMs: 1000, signal: new AbortController().signal };

function participants(undone: { payment?: boolean; shipment?: boolean }): Parameters<typeof findTombstone>[0] {
  const no = async () => {
    throw new Error("not asked here");
  };
  return {
    payments: { process: no, refund: no, isUndone: async () => undone.payment ?? no() },
    shipping: { schedule: no, cancel: no, isUndone: async () => undone.shipment ?? no() },
  };
}

test.each<[string, Parameters<typeof participants>[0], Tombstone]>([
  ["RefundPayment", { payment: true }, "held"],
  ["RefundPayment", { payment: false }, "missing"],
  ["CancelShipment", { shipment: true }, "held"],
  ["CancelShipment", { shipment: false }, "missing"],
  ["ReleaseInventory", {}, "decides"],
  ["ProcessPayment", {}, "unknown"],
])("%s, where the participants say %j: %s", async (undo, undone, tombstone) => {
  expect(await findTombstone(participants(undone), { undo, orderId: "o" }, terms)).toBe(tombstone);
});

test("a participant that cannot be asked tells nothing", async () => {
  const away = participants({});
  away.payments.isUndone = async () => {
    throw new AppError("UNAVAILABLE", "away");
  };
  await expect(findTombstone(away, { undo: "RefundPayment", orderId: "o" }, terms)).rejects.toThrow("away");
});
