import { AppError, validationFailed } from "@shop/platform/errors";
import type { OrderId } from "../domain/ids.ts";
import type { Rejection } from "../domain/reservation.ts";

/** The error that a rejected command is answered with. */
export function rejectionError(reason: Rejection, orderId: OrderId): AppError {
  switch (reason) {
    case "OTHER_LINES":
      return validationFailed([{ field: "lines", message: "must be the lines that this order was first sent with" }]);
    case "UNDONE":
      return new AppError("FAILED_PRECONDITION", `Order ${orderId} has been released.`, { reason });
    case "EXPIRED":
      return new AppError("FAILED_PRECONDITION", `The reservation of order ${orderId} has expired.`, { reason });
    case "COMMITTED":
      return new AppError("FAILED_PRECONDITION", `The units of order ${orderId} are sold.`, { reason });
    case "NOT_RESERVED":
      return new AppError("FAILED_PRECONDITION", `Nothing is reserved for order ${orderId}.`, { reason });
    default:
      return reason satisfies never;
  }
}
