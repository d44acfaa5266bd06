import { orderToInventory } from "@shop/contracts/boundaries/order-service-to-inventory-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { fromWireMoney } from "@shop/platform/money";
import { ReserveInventoryRequest } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryPort } from "../../src/checkout/ports.ts";
import type { PricedLine } from "../../src/domain/order.ts";
import { callParticipant, expectedOf, requestOf, terms } from "./_consumer.ts";

const done = { kind: "done" };
const available = { kind: "available" };
const undone = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
const expired = { code: "FAILED_PRECONDITION", reason: "EXPIRED" };
const notReserved = { code: "FAILED_PRECONDITION", reason: "NOT_RESERVED" };
const unauthenticated = { code: "UNAUTHENTICATED" };
const forbidden = { code: "PERMISSION_DENIED" };

/** What the checkout is told, by the interaction. */
const outcomes: Record<string, object> = {
  "to check lines that are in stock": available,
  "to check lines at the price that they have": available,
  "to check lines of which too few are in stock": refusal("OUT_OF_STOCK"),
  "to check a product that nobody knows": refusal("UNKNOWN_PRODUCT"),
  "to check lines at another price than they have": refusal("PRICE_CHANGED"),
  "to check lines that the order holds, and that nobody else can have": available,
  "to check lines that the order has bought": available,
  "to check lines that were refused to the order, and are in stock now": refusal("OUT_OF_STOCK"),
  "to check lines of an order that was released": undone,
  "to check lines of an order that has expired": expired,
  "to check other lines than the order holds": faulty("lines"),
  "to check no lines at all": faulty("lines"),
  "to check lines of an order whose id is none": faulty("order_id"),
  "to check lines without a token that counts": unauthenticated,
  "to check lines with a token for another participant": forbidden,
  "to reserve lines that are in stock": held(17_990, keyboards(20, 2)),
  "to reserve lines at the price that they have": held(17_990, keyboards(21, 2)),
  "to reserve the last units of two products": held(26_985, keyboards(22, 2), keyboards(122, 1)),
  "to reserve what the order holds, again": held(17_990, keyboards(23, 2)),
  "to reserve what the order holds, again, at a price that has changed since": held(17_990, keyboards(24, 2)),
  "to reserve what the order has bought, again": held(17_990, keyboards(25, 2)),
  "to reserve lines of which too few are in stock": refusal("OUT_OF_STOCK"),
  "to reserve two products of which one is out of stock": refusal("OUT_OF_STOCK"),
  "to reserve a product that nobody knows": refusal("UNKNOWN_PRODUCT"),
  "to reserve lines at another price than they have": refusal("PRICE_CHANGED"),
  "to reserve lines that were refused to the order, and are in stock now": refusal("OUT_OF_STOCK"),
  "to reserve lines of an order that was released": undone,
  "to reserve lines of an order whose release came first": undone,
  "to reserve lines of an order that has expired": expired,
  "to reserve other lines than the order holds": faulty("lines"),
  "to reserve the order's lines at a price that was not asked for before": faulty("lines"),
  "to reserve no units of a product": faulty("lines[0].quantity"),
  "to reserve in the sandbox, for an order whose id ends in 0": refusal("OUT_OF_STOCK"),
  "to reserve lines without a token that counts": unauthenticated,
  "to reserve lines with a token for another participant": forbidden,
  "to sell what the order holds": done,
  "to sell what the order has bought, again": done,
  "to sell what the order holds beyond its time": done,
  "to sell what was released": undone,
  "to sell what was released before it was asked for": undone,
  "to sell what has expired": expired,
  "to sell what was refused": notReserved,
  "to sell what nobody asked for": notReserved,
  "to sell what is held without a token that counts": unauthenticated,
  "to sell what is held with a token for another participant": forbidden,
  "to release what the order holds": done,
  "to release what was released, again": done,
  "to release what nobody asked for": done,
  "to release what nobody asked for, again": done,
  "to release what was refused": done,
  "to release what has expired": done,
  "to release what the order has bought": { code: "FAILED_PRECONDITION", reason: "COMMITTED" },
  "to give back what is held without a token that counts": unauthenticated,
  "to give back what is held with a token for another participant": forbidden,
};

describeConsumer(orderToInventory, {
  async call(interaction, address) {
    const outcome = await callParticipant(interaction, address, ({ inventory }) => invoke(inventory, interaction));
    expect(outcome).toEqual(expectedOf(interaction, outcomes));
  },
});

async function invoke(inventory: InventoryPort, interaction: RpcInteraction): Promise<unknown> {
  // The other requests are the beginning of this one.
  const { orderId, lines: sent } = requestOf(interaction, ReserveInventoryRequest);
  const lines = sent.map(({ expectedUnitPrice, ...line }) => ({
    ...line,
    ...(expectedUnitPrice && { expectedUnitPrice: fromWireMoney(expectedUnitPrice) }),
  }));
  switch (interaction.method) {
    case "CheckAvailability":
      return (await inventory.check(orderId, lines, terms())) ?? available;
    case "ReserveInventory":
      return inventory.reserve(orderId, lines, terms());
    case "CommitInventory":
      return (await inventory.commit(orderId, terms())) ?? done;
    case "ReleaseInventory":
      return (await inventory.release(orderId, terms())) ?? done;
    default:
      throw new Error(`The client of the inventory makes no call of ${interaction.method}.`);
  }
}

function refusal(code: string): object {
  return { refused: { code, message: expect.stringMatching(/\S/) } };
}

function faulty(field: string): object {
  return { code: "VALIDATION_FAILED", fields: [field] };
}

function keyboards(product: number, quantity: number): PricedLine {
  const productId = `01900000-0000-7000-9001-${String(product).padStart(12, "0")}`;
  return { productId, name: "Mechanical Keyboard", quantity, unitPrice: { minorUnits: 8995, currency: "USD" } };
}

function held(minorUnits: number, ...lines: readonly PricedLine[]): object {
  return { lines, totalAmount: { minorUnits, currency: "USD" } };
}
