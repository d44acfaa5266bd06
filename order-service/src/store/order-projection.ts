import type { Projection, SagaSnapshot } from "@shop/saga";
import type { OrderProgress } from "../domain/order.ts";
import type { OrderEvent } from "../domain/order-event.ts";
import { insertOrders, type NewOrder, updateOrders } from "./orders.ts";
import { insertEvents } from "./outbox.ts";

/** What a saga means to its order. */
export interface OrderReading<Data> {
  progress(saga: SagaSnapshot<Data>): OrderProgress;
  events(saga: SagaSnapshot<Data>): readonly OrderEvent[];
}

/** The orders and their outbox, written in the journal's own transactions. */
export function createOrderProjection<Data>(reading: OrderReading<Data>): Projection<Data, NewOrder> {
  return {
    async insert(tx, intents) {
      const inserted = await insertOrders(
        tx,
        intents.map(({ entity }) => entity),
      );
      const created = intents.filter(({ key }) => inserted.has(key));
      await insertEvents(
        tx,
        created.map(({ sagaId, entity: { id: orderId, userId } }) => ({
          sagaId,
          event: { type: "domain.order.OrderCreated", orderId, userId },
        })),
      );
      return [...inserted];
    },

    async apply(tx, sagas) {
      await updateOrders(tx, sagas.map(reading.progress));
      await insertEvents(
        tx,
        sagas.flatMap((saga) => reading.events(saga).map((event) => ({ sagaId: saga.id, event }))),
      );
    },
  };
}
