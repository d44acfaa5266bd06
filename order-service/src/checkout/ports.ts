import type { Money } from "@shop/platform/money";
import type { Address, OrderLine, PricedLine } from "../domain/order.ts";

/** For whom a call is made, how long it may take and what ends it early. */
export interface CallTerms {
  readonly userId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A business refusal: an answer of the participant, not an error. */
export interface Refusal {
  readonly refused: { readonly code: string; readonly message: string };
}

/** What the checkout asks of the inventory. Every method throws an AppError where the outcome is not an answer. */
export interface InventoryPort {
  /** Tells whether the lines can be had; holds nothing. */
  check(orderId: string, lines: readonly OrderLine[], terms: CallTerms): Promise<Refusal | undefined>;
  /** Holds all lines or none and freezes their prices. */
  reserve(
    orderId: string,
    lines: readonly OrderLine[],
    terms: CallTerms,
  ): Promise<Refusal | { readonly lines: readonly PricedLine[]; readonly totalAmount: Money }>;
  /** Sells what is held. */
  commit(orderId: string, terms: CallTerms): Promise<void>;
  /** Gives back what is held. Refused with reason COMMITTED after a commit. */
  release(orderId: string, terms: CallTerms): Promise<void>;
}

/** What the checkout asks of the payments. Every method throws an AppError where the outcome is not an answer. */
export interface PaymentPort {
  /** Charges the amount. */
  process(
    payment: {
      readonly orderId: string;
      readonly userId: string;
      readonly amount: Money;
      readonly paymentMethod: string;
    },
    terms: CallTerms,
  ): Promise<Refusal | { readonly reference: string }>;
  /** Gives the money back. Never refuses. */
  refund(orderId: string, terms: CallTerms): Promise<void>;
  /** Claims that a charge of this order has been or is being given back, or never will be made: no late one can land. */
  isUndone(orderId: string, terms: CallTerms): Promise<boolean>;
}

/** What the checkout asks of the shipping. Every method throws an AppError where the outcome is not an answer. */
export interface ShippingPort {
  /** Schedules the shipment. */
  schedule(
    shipment: {
      readonly orderId: string;
      readonly userId: string;
      readonly address: Address;
      readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
    },
    terms: CallTerms,
  ): Promise<Refusal | { readonly trackingNumber: string }>;
  /** Cancels the shipment. Never refuses. */
  cancel(orderId: string, terms: CallTerms): Promise<void>;
  /** Claims that the shipment is cancelled, whether or not there was one: no late one can be scheduled. */
  isUndone(orderId: string, terms: CallTerms): Promise<boolean>;
}

/** The participants of a checkout. */
export interface Participants {
  readonly inventory: InventoryPort;
  readonly payments: PaymentPort;
  readonly shipping: ShippingPort;
}
