/** What the provider's ledger says of one order, in minor units, and how many entries that comes from. */
export interface LedgerAccount {
  readonly orderId: string;
  readonly charged: number;
  readonly refunded: number;
  readonly charges: number;
  readonly refunds: number;
}

/** What the payment service believes of a payment that no order of the shop asked for. */
export interface StrangePayment {
  readonly orderId: string;
  /** The client that asked, such as load-test. */
  readonly origin: string;
  /** Such as COMPLETED. */
  readonly status: string;
  /** Minor units; 0 for a tombstone. */
  readonly amount: number;
}
