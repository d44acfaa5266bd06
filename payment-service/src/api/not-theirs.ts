import { AppError } from "@shop/platform/errors";

/** What a caller is told who asks for a payment of another origin, whichever that is. */
export function notTheirs(): AppError {
  return new AppError("PERMISSION_DENIED", "The order's payment is another client's.");
}
