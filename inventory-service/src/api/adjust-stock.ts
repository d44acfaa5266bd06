import { AppError, validationFailed } from "@shop/platform/errors";
import type { Caller, Rpc } from "@shop/platform/grpc-server";
import { collectViolations } from "@shop/platform/validation";
import type { AdjustStockRequest, AdjustStockResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { Adjustment, AdjustmentRejection } from "../domain/adjustment.ts";
import { asProductId } from "../domain/ids.ts";
import { MAX_ON_HAND } from "../domain/product.ts";
import type { InventoryEvents } from "../events.ts";
import { adjustStock } from "../store/adjust-stock.ts";
import type { Database } from "../store/database.ts";
import { toProductMessage } from "./messages.ts";

const MAX_DELTA = 1_000_000;
const MAX_REASON_LENGTH = 200;

export function adjustStockRpc({
  database,
  events,
}: {
  database: Database;
  events: InventoryEvents;
}): Rpc<AdjustStockRequest, AdjustStockResponse> {
  return {
    access: { user: ["Admin"] },
    async handle(request, call) {
      const adjustment = { ...parseAdjustStock(request), userId: userOf(call.caller) };
      const answer = await adjustStock(database, adjustment);
      if (answer.kind === "rejected") throw rejectionError(answer.reason, adjustment);
      if (!answer.isRepeated) events.stockAdjusted(adjustment);
      return { product: toProductMessage(answer.product) };
    },
  };
}

export function parseAdjustStock(request: AdjustStockRequest): Omit<Adjustment, "userId"> {
  const violations = collectViolations();
  const id = violations.uuid("adjustment_id", request.adjustmentId);
  const productId = asProductId(violations.uuid("product_id", request.productId));
  const delta = violations.integer("delta", request.delta, { min: -MAX_DELTA, max: MAX_DELTA });
  if (delta === 0) violations.add("delta", "must not be zero");
  const reason = violations.text("reason", request.reason, { maxLength: MAX_REASON_LENGTH });
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { id, productId, delta, reason };
}

function userOf(caller: Caller): string {
  if (caller.kind !== "user") throw new AppError("PERMISSION_DENIED", "Only a user may adjust the stock.");
  return caller.userId;
}

function rejectionError(reason: AdjustmentRejection, { id, productId }: Adjustment): AppError {
  switch (reason) {
    case "UNKNOWN_PRODUCT":
      return new AppError("NOT_FOUND", `There is no product ${productId}.`);
    case "OTHER_ADJUSTMENT":
      return validationFailed([
        { field: "adjustment_id", message: "is known with another product or delta; a new adjustment needs a new id" },
      ]);
    case "INSUFFICIENT_STOCK":
      return new AppError("FAILED_PRECONDITION", `Adjustment ${id} would leave less than is held.`, { reason });
    case "SHELF_FULL":
      return validationFailed([
        { field: "delta", message: `must leave at most ${MAX_ON_HAND.toLocaleString("en")} on the shelf` },
      ]);
    default:
      return reason satisfies never;
  }
}
