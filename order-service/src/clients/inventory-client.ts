import { AppError } from "@shop/platform/errors";
import type { RpcClient } from "@shop/platform/grpc-client";
import { fromWireMoney, type Money, toWireMoney } from "@shop/platform/money";
import type { Guard } from "@shop/platform/resilience";
import type { Money as WireMoney } from "@shop/protos/gen/google/type/money";
import type { InventoryServiceService, Line } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryPort } from "../checkout/ports.ts";
import type { OrderLine } from "../domain/order.ts";

/** The inventory over gRPC. Undos pass through a guard of their own, so that new orders cannot starve them. */
export function createInventoryClient(
  rpc: RpcClient<typeof InventoryServiceService>,
  guards: { readonly forward: Guard; readonly undo: Guard },
): InventoryPort {
  return {
    async check(orderId, lines, { userId, timeoutMs, signal }) {
      const { refusal } = await guards.forward.run(
        (signal) => rpc.checkAvailability({ orderId, lines: lines.map(toLine) }, { userId, timeoutMs, signal }),
        signal,
      );
      return refusal && { refused: refusal };
    },

    async reserve(orderId, lines, { userId, timeoutMs, signal }) {
      const { outcome } = await guards.forward.run(
        (signal) => rpc.reserveInventory({ orderId, lines: lines.map(toLine) }, { userId, timeoutMs, signal }),
        signal,
      );
      switch (outcome?.$case) {
        case "refusal":
          return { refused: outcome.value };
        case "reservation":
          return {
            lines: outcome.value.lines.map((line) => ({
              productId: line.productId,
              name: line.name,
              quantity: line.quantity,
              unitPrice: required(line.unitPrice, "unit_price"),
            })),
            totalAmount: required(outcome.value.totalAmount, "total_amount"),
          };
        case undefined:
          throw unreadable("outcome");
        default:
          return outcome satisfies never;
      }
    },

    async commit(orderId, { userId, timeoutMs, signal }) {
      await guards.forward.run((signal) => rpc.commitInventory({ orderId }, { userId, timeoutMs, signal }), signal);
    },

    async release(orderId, { userId, timeoutMs, signal }) {
      await guards.undo.run((signal) => rpc.releaseInventory({ orderId }, { userId, timeoutMs, signal }), signal);
    },
  };
}

function toLine(line: OrderLine): Line {
  return {
    productId: line.productId,
    quantity: line.quantity,
    expectedUnitPrice: line.expectedUnitPrice && toWireMoney(line.expectedUnitPrice),
  };
}

function required(money: WireMoney | undefined, field: string): Money {
  const parsed = money && fromWireMoney(money);
  if (parsed === undefined) throw unreadable(field);
  return parsed;
}

/** An answer without what the contract promises tells nothing: its outcome is unknown. */
function unreadable(field: string): AppError {
  return new AppError("INTERNAL", `the inventory's answer has no readable ${field}`);
}
