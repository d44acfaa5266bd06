import type { RpcBoundary, RpcInteraction } from "../src/interaction.ts";
import { eachLike, like, matching, timestamp } from "../src/match.ts";

export const orderId = "01900000-0000-7000-a000-00000000000a";

/** An order that is sold. */
export const sale: RpcInteraction = {
  description: "to sell what is held",
  given: [{ name: "an order holds its lines", params: { orderId, quantity: 2 } }, { name: "nobody is in the way" }],
  method: "CommitInventory",
  request: { orderId },
  response: {
    message: {
      reservation: {
        orderId,
        status: "RESERVATION_STATUS_COMMITTED",
        lines: eachLike({ productId: "p", name: like("Keyboard"), quantity: 2, unitPrice: { units: "89" } }),
        expiresAt: timestamp("2030-01-01T00:00:00.500Z"),
      },
    },
  },
};

/** An order that cannot be sold any more. */
export const refusedSale: RpcInteraction = {
  ...sale,
  description: "to sell what was released",
  given: [],
  response: { error: { code: "FAILED_PRECONDITION", reason: "UNDONE" } },
};

/** Lines that are in stock: the answer is empty. */
export const check: RpcInteraction = {
  description: "to check lines",
  given: [],
  method: "CheckAvailability",
  request: { orderId, lines: [{ productId: "p", quantity: 1, expectedUnitPrice: { currencyCode: "USD", nanos: 5 } }] },
  response: { message: {} },
};

/** A boundary of which every carrier can be shown something. */
export function sampleBoundary(...interactions: readonly RpcInteraction[]): RpcBoundary {
  return {
    consumer: "a-consumer",
    provider: "a-provider",
    proto: "shop/inventory/v1/inventory.proto",
    service: "shop.inventory.v1.InventoryService",
    metadata: { authorization: matching(/Bearer \S+/, "Bearer a-token") },
    interactions,
  };
}
