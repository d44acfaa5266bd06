import type { StateHandler } from "@shop/contracts/verify-provider";
import type { Origin } from "../../src/domain/origin.ts";
import type { Charge, PaymentStatus } from "../../src/domain/payment.ts";
import { chargeKeyOf } from "../../src/domain/payment-provider.ts";
import type { LedgerEntry } from "../../src/domain/sandbox-ledger.ts";
import type { RunningService } from "../integration/_running-service.ts";

type Params = Parameters<StateHandler>[0];
type Desk = Pick<RunningService["context"], "store" | "ledger">;

/**
 * How it comes about that a payment stands so: through the service's own door what a caller can bring about, so that it is
 * what the service makes of it; the rest in its store, and in the provider's books where the provider was called.
 */
export function paymentStates(service: () => RunningService): Record<string, StateHandler> {
  const desk = () => service().context;
  return {
    "a payment is PENDING": (params) => begin(desk(), params),
    "a payment is COMPLETED": (params) => complete(desk(), params),
    "a payment of another client is COMPLETED": (params) => complete(desk(), params, "load-test"),
    "a payment is DECLINED": (params) => decline(desk(), params),
    "a payment is CANCELLING": (params) => cancel(desk(), params),
    "a payment is REFUNDING": (params) => beginRefund(desk(), params),
    "a payment is REFUNDED": async (params) => {
      await complete(desk(), params);
      await refund(service(), params);
    },
    "a refund came before its charge": (params) => refund(service(), params),
    "nobody works on the payment": ({ orderId }) => desk().store.endLease(String(orderId), 1),
    // The sandbox's rules see to these by themselves.
    "the provider declines charges of 1000.00 and more": async () => undefined,
    "the provider charges by pm_timeout, and loses its reply": async () => undefined,
    "the provider fails orders that end in 2": async () => undefined,
  };
}

async function begin({ store }: Desk, params: Params, origin?: Origin): Promise<void> {
  const { orderId, charge } = read(params);
  await written(store.insert({ status: "PENDING", orderId, charge, ...(origin && { origin }) }));
}

async function complete(desk: Desk, params: Params, origin?: Origin): Promise<void> {
  const { orderId, reference } = read(params);
  await begin(desk, params, origin);
  await desk.ledger.record(entryOf(params, { kind: "charge", key: chargeKeyOf(orderId), reference }));
  await written(desk.store.move(orderId, "PENDING", { status: "COMPLETED", reference }));
}

async function decline(desk: Desk, params: Params): Promise<void> {
  const { orderId, message } = read(params);
  await begin(desk, params);
  const entry = entryOf(params, { kind: "decline", key: chargeKeyOf(orderId), reference: "the-decline" });
  await desk.ledger.record({ ...entry, message });
  const to = { status: "DECLINED", decline: { code: "PAYMENT_DECLINED", message } } as const;
  await written(desk.store.move(orderId, "PENDING", to));
}

async function cancel(desk: Desk, params: Params): Promise<void> {
  await begin(desk, params);
  await move(desk, params, "PENDING", "CANCELLING");
}

async function beginRefund(desk: Desk, params: Params): Promise<void> {
  await complete(desk, params);
  await move(desk, params, "COMPLETED", "REFUNDING");
}

async function refund({ client, asService }: RunningService, { orderId }: Params): Promise<void> {
  await client.refundPayment({ orderId: String(orderId) }, asService());
}

function move({ store }: Desk, params: Params, from: PaymentStatus, status: "CANCELLING" | "REFUNDING"): Promise<void> {
  return written(store.move(read(params).orderId, from, { status }));
}

/** A write whose guard does not hold writes nothing: the state would not have come about. */
async function written(write: Promise<unknown>): Promise<void> {
  if ((await write) === undefined) throw new Error("The payment stands otherwise: interactions share no order.");
}

function entryOf(params: Params, entry: Pick<LedgerEntry, "kind" | "key" | "reference">): LedgerEntry {
  const { orderId, charge } = read(params);
  return { ...entry, chargeKey: chargeKeyOf(orderId), amount: charge.amount };
}

function read(params: Params): { orderId: string; charge: Charge; reference: string; message: string } {
  const { orderId, userId, minorUnits, currency, method } = params;
  const { reference = `charge of ${orderId}`, message = "The payment was declined." } = params;
  return {
    orderId: String(orderId),
    charge: {
      userId: String(userId),
      amount: { minorUnits: Number(minorUnits), currency: String(currency) },
      method: String(method),
    },
    reference: String(reference),
    message: String(message),
  };
}
