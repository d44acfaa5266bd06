/** What callers were told, in numbers: the books have to know of at least as much. */
export interface Told {
  readonly orders: number;
  readonly completedOrders: number;
  /** Of those without an order. */
  readonly chargedPayments: number;
  readonly refundedPayments: number;
}
