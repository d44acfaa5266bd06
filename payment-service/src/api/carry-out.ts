import { AppError } from "@shop/platform/errors";
import { providerFailed } from "@shop/platform/resilience";
import type { Action, PaymentRequest, Situation } from "../domain/decide.ts";
import type { Cancelling, Payment, Pending, Refunding } from "../domain/payment.ts";
import {
  type ChargeOutcome,
  chargeKeyOf,
  type PaymentProvider,
  type RefundOutcome,
  refundKeyOf,
} from "../domain/payment-provider.ts";
import type { NextState, PaymentStore, Snapshot } from "../domain/payment-store.ts";
import type { PaymentEvents } from "../events.ts";

/** What carrying out a request needs. */
export interface PaymentDesk {
  store: PaymentStore;
  provider: PaymentProvider;
  events: PaymentEvents;
  /** How long a lease runs, in milliseconds. */
  leaseMs: number;
}

/** A payment only moves forward, and there are seven states: whoever needs more turns than this is being overtaken. */
const mostTurns = 10;

/**
 * Carries out what `decide` says until it says the answer. What is to be done is stored before the provider is called;
 * what the provider said is stored only where the payment still stands as it was left, and otherwise the answer comes
 * from what is found. A provider's call without an outcome ends the request UNAVAILABLE; a store's error ends it as it is.
 *
 * The caller's signal does not come in here on purpose: what was begun is carried on when its caller has gone. A refund
 * above all must not stop half-way for want of a listener, and a charge given up at will would only have to be sent again.
 */
export async function carryOut<Request extends PaymentRequest, Answer>(
  request: Request,
  decide: (request: Request, situation: Situation) => Action<Answer>,
  desk: PaymentDesk,
): Promise<Answer> {
  const { store, leaseMs } = desk;
  const { orderId } = request;
  let heldLease: number | undefined;
  // Most charges are an order's first request, and the insert finds out where not.
  let found: Snapshot =
    request.kind === "process" ? { payment: undefined, now: new Date(0) } : await store.read(orderId);
  for (let turn = 0; turn < mostTurns; turn++) {
    const action = decide(request, { ...found, leaseMs, heldLease });
    let written: Payment | undefined;
    switch (action.kind) {
      case "answer":
        return action.answer;
      case "insert":
        written = await store.insert(action.first);
        heldLease = leaseOf(written);
        break;
      case "take-lease":
        written = await store.takeLease(orderId, action.attempt);
        heldLease = leaseOf(written);
        break;
      case "move":
        written = await store.move(orderId, action.from, action.to);
        break;
      case "send-charge":
        written = await store.move(orderId, "PENDING", await sendCharge(action.payment, desk));
        break;
      case "send-cancellation":
        written = await store.move(orderId, "CANCELLING", await sendCancellation(action.payment, desk));
        break;
      case "send-refund":
        written = await store.move(orderId, "REFUNDING", await sendRefund(action.payment, desk));
        break;
      default:
        return action satisfies never;
    }
    if (written !== undefined) tell(written, desk.events);
    found = written === undefined ? await store.read(orderId) : { payment: written, now: written.updatedAt };
  }
  throw new AppError("ABORTED", "The payment is being worked on by others: ask again.");
}

async function sendCharge(payment: Pending, desk: PaymentDesk): Promise<NextState> {
  const { orderId, attempt } = payment;
  try {
    const outcome = await charged(payment, desk);
    if (outcome.kind === "charged") return { status: "COMPLETED", reference: outcome.reference };
    return { status: "DECLINED", decline: { code: "PAYMENT_DECLINED", message: outcome.message } };
  } catch (err) {
    // Nobody works under the lease any more.
    await desk.store.endLease(orderId, attempt).catch((fault: unknown) => desk.events.leaseNotEnded(orderId, fault));
    throw err;
  }
}

/** The charge is sent again, because a look-up alone could miss one that is still on its way. */
async function sendCancellation(payment: Cancelling, desk: PaymentDesk): Promise<NextState> {
  const outcome = await outcomeOfCharge(payment, desk);
  if (outcome.kind === "declined") return { status: "CANCELLED" };
  const refund = await refundOf(payment, desk);
  return { status: "CANCELLED", reference: outcome.reference, refundReference: refund.reference };
}

async function outcomeOfCharge(payment: Cancelling, desk: PaymentDesk): Promise<ChargeOutcome> {
  try {
    return await charged(payment, desk);
  } catch (err) {
    const found = await asked(payment.orderId, desk, () => desk.provider.lookup(chargeKeyOf(payment.orderId)));
    if (found.kind === "unknown") throw err;
    return found;
  }
}

function charged({ orderId, charge }: Pending | Cancelling, desk: PaymentDesk): Promise<ChargeOutcome> {
  const order = { key: chargeKeyOf(orderId), amount: charge.amount, method: charge.method };
  return asked(orderId, desk, async () => {
    let wasSent = true;
    try {
      return await desk.provider.charge(order);
    } catch (err) {
      wasSent = !isHeldBack(err);
      throw err;
    } finally {
      if (wasSent) desk.events.chargeAttempted(orderId);
    }
  });
}

async function sendRefund(payment: Refunding, desk: PaymentDesk): Promise<NextState> {
  const refund = await refundOf(payment, desk);
  return { status: "REFUNDED", refundReference: refund.reference };
}

function refundOf({ orderId, charge }: Cancelling | Refunding, desk: PaymentDesk): Promise<RefundOutcome> {
  const order = { key: refundKeyOf(orderId), chargeKey: chargeKeyOf(orderId), amount: charge.amount };
  return asked(orderId, desk, () => desk.provider.refund(order));
}

async function asked<T>(orderId: string, { events }: PaymentDesk, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (err) {
    const isOut = isHeldBack(err);
    if (isOut) events.providerHeldBack(orderId);
    else events.providerFailed(orderId, err);
    throw outcomeUnknown(err, isOut ? undefined : providerFailed);
  }
}

/** Claims that the call was never sent. */
function isHeldBack(err: unknown): boolean {
  return err instanceof AppError && err.reason === "CIRCUIT_OPEN";
}

/**
 * One call that failed is no reason for a caller to hold back its others. A provider that is out of order is: held back
 * here, they would each come in vain. CIRCUIT_OPEN is not passed on, for to a caller it would mean that nothing was ever sent.
 */
function outcomeUnknown(cause: unknown, reason: string | undefined): AppError {
  return new AppError("UNAVAILABLE", "The payment provider gave no outcome.", { reason, cause });
}

function leaseOf(written: Payment | undefined): number | undefined {
  return written?.status === "PENDING" ? written.attempt : undefined;
}

function tell({ orderId, status }: Payment, events: PaymentEvents): void {
  if (status === "COMPLETED") events.paymentAccepted(orderId);
  if (status === "DECLINED") events.paymentDeclined(orderId);
  if (status === "CANCELLED" || status === "REFUNDED") events.paymentUndone(orderId, status);
}
