/**
 * Who a payment was asked for by, where that is not the shop itself: the id of the service client. What comes of the shop,
 * whatever the id of the client that stands for it, has none, so that this client may be replaced by another while orders are
 * open: a refund that was refused for that would keep the customer's money.
 */
export type Origin = string;

/** Clients that ask for payments of their own, which belong to no order of the shop. */
const strangers: readonly Origin[] = ["load-test"];

/** Where the payments of a service client come from. */
export function originOf(clientId: string): Origin | undefined {
  return strangers.find((stranger) => stranger === clientId);
}

/**
 * Claims that a payment is to who asks what a tombstone is: to the shop, whose undo is never refused, each of a stranger.
 * There is one payment under an order's id, its origin never changes and it is never removed: where a stranger's stands,
 * the shop has charged nothing under this id and never will.
 */
export function isTombstoneFor(asking: Origin | undefined, payment: { readonly origin?: Origin }): boolean {
  return asking === undefined && payment.origin !== undefined;
}
