import type { Queryable } from "@shop/platform/postgres";
import { findOrder, findOrderOf, type OrderRecord } from "../store/orders.ts";
import { findSagaOfOrder, findSagaOfOrderOf, type SagaRecord } from "../store/sagas.ts";
import { looksAfterOrders, orderNotFound, type User } from "./caller.ts";

/** The order, where the user may see it. Throws NOT_FOUND: for another's in the same words, and as soon, as for none. */
export async function visibleOrder(db: Queryable, user: User, orderId: string): Promise<OrderRecord> {
  const found = looksAfterOrders(user) ? findOrder(db, orderId) : findOrderOf(db, user.userId, orderId);
  return orThrow(await found, orderId);
}

/** The saga of the order, likewise. */
export async function visibleSaga(db: Queryable, user: User, orderId: string): Promise<SagaRecord> {
  const found = looksAfterOrders(user) ? findSagaOfOrder(db, orderId) : findSagaOfOrderOf(db, user.userId, orderId);
  return orThrow(await found, orderId);
}

function orThrow<Found>(found: Found | undefined, orderId: string): Found {
  if (found === undefined) throw orderNotFound(orderId);
  return found;
}
