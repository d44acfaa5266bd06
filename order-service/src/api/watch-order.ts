import { AppError } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { Seats } from "@shop/platform/seats";
import type { WatchOrderRequest, WatchOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { type Engine, isFinal, type SagaSnapshot } from "@shop/saga";
import type { Checkout } from "../checkout/checkout.ts";
import { orderProgress } from "../checkout/order-progress.ts";
import type { Order } from "../domain/order.ts";
import type { NewOrder } from "../store/orders.ts";
import type { SagaRecord } from "../store/sagas.ts";
import { callingUser, type User } from "./caller.ts";
import { toOrderMessage } from "./order-message.ts";
import { parseOrderId } from "./parse-order-id.ts";
import { sagaMessageFor } from "./saga-message.ts";
import { visibleOrder, visibleSaga } from "./visible-order.ts";

/** What WatchOrder needs. */
export interface WatchOrderDeps {
  readonly db: Queryable;
  readonly engine: Pick<Engine<Checkout, NewOrder>, "watch">;
  /** One for each caller that watches an order. */
  readonly watchers: Seats;
}

/** Tells how the order stands, at once and with every step of its saga, until the saga has ended. */
export async function* watchOrder(
  { db, engine, watchers }: WatchOrderDeps,
  request: WatchOrderRequest,
  call: Call,
): AsyncGenerator<WatchOrderResponse> {
  const orderId = parseOrderId(request);
  const user = callingUser(call);
  const leave = watchers.take(user.userId);
  try {
    const begun = await readStanding(db, user, orderId);
    for await (const saga of engine.watch(begun.saga.id, { signal: call.signal })) {
      const standing = standingNow(begun, saga);
      if (isFinal(saga.status)) return yield messageFor(user, await readStanding(db, user, orderId));
      yield messageFor(user, standing);
    }
    call.signal.throwIfAborted();
    throw new AppError("UNAVAILABLE", "The order service is shutting down; watch again.");
  } finally {
    leave();
  }
}

/** An order and its saga at one moment. */
interface Standing {
  readonly order: Order;
  readonly saga: SagaRecord;
}

/** As the journal has them. */
async function readStanding(db: Queryable, user: User, orderId: string): Promise<Standing> {
  const [{ order }, saga] = await Promise.all([visibleOrder(db, user, orderId), visibleSaga(db, user, orderId)]);
  return { order, saga };
}

/** As they stand with what the saga's owner knows by now; the journal learns it later. */
function standingNow({ order, saga }: Standing, now: SagaSnapshot<Checkout>): Standing {
  const { status, currentStep, history, failure } = now;
  const changedAt = Math.max(order.updatedAt.getTime(), ...history.map(({ timestamp }) => Date.parse(timestamp)));
  return {
    order: { ...order, ...orderProgress(now), updatedAt: new Date(changedAt) },
    saga: { ...saga, status, currentStep, history, failure },
  };
}

function messageFor(user: User, { order, saga }: Standing): WatchOrderResponse {
  return { order: toOrderMessage(order), saga: sagaMessageFor(user, saga) };
}
