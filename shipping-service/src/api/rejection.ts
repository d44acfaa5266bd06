import { AppError, validationFailed } from "@shop/platform/errors";
import type { OrderId } from "../domain/ids.ts";
import type { Parcel } from "../domain/parcel.ts";
import type { Rejection } from "../domain/shipment.ts";

const fields: Record<keyof Parcel, string> = { userId: "user_id", address: "address", lines: "lines" };

/** The error that a rejected request is answered with. */
export function rejectionError(rejection: Rejection, orderId: OrderId): AppError {
  switch (rejection.reason) {
    case "UNDONE":
      return new AppError("FAILED_PRECONDITION", `The shipment of order ${orderId} is cancelled.`, {
        reason: rejection.reason,
      });
    case "OTHER_PARCEL": {
      const message = "must be what this order was first sent with";
      return validationFailed(rejection.differences.map((part) => ({ field: fields[part], message })));
    }
    default:
      return rejection satisfies never;
  }
}
