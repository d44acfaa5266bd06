import { AppError } from "@shop/platform/errors";
import type { Call, Role } from "@shop/platform/grpc-server";

/** The user on whose behalf a call is made. */
export interface User {
  readonly userId: string;
  readonly role: Role;
}

/** The user who calls. The access table lets nobody else in; this says so to the types. */
export function callingUser(call: Call): User {
  if (call.caller.kind !== "user") throw new AppError("PERMISSION_DENIED", "Only a user's token may call this.");
  return call.caller;
}

/** Claims that the user is one of those who look after everybody's orders. */
export function looksAfterOrders({ role }: User): boolean {
  return role === "operator" || role === "Admin";
}

/** Claims that the user may see what belongs to `ownerId`. */
export function maySee(user: User, ownerId: string): boolean {
  return looksAfterOrders(user) || user.userId === ownerId;
}

/** What is said of an order that is not there, and of one that is another user's: nothing may tell them apart. */
export function orderNotFound(orderId: string): AppError {
  return new AppError("NOT_FOUND", `There is no order ${orderId}.`);
}
