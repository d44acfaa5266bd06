import type { App, DoorOptions, Parts } from "./app.ts";
import { getDeadLetter } from "./get-dead-letter.ts";
import { getGrpcReference } from "./get-grpc-reference.ts";
import { getHealth } from "./get-health.ts";
import { getOpenApi } from "./get-open-api.ts";
import { getOrder } from "./get-order.ts";
import { getOrderEvents } from "./get-order-events.ts";
import { getOrderSaga } from "./get-order-saga.ts";
import { getProduct } from "./get-product.ts";
import { listDeadLetters } from "./list-dead-letters.ts";
import { listOrders } from "./list-orders.ts";
import { listProducts } from "./list-products.ts";
import { listSagas } from "./list-sagas.ts";
import { refuseOtherMethods } from "./method-not-allowed.ts";
import { passOnToIdentity } from "./pass-on-to-identity.ts";
import { postOrder } from "./post-order.ts";
import { postSagaCompensate } from "./post-saga-compensate.ts";
import { postSagaResolve } from "./post-saga-resolve.ts";
import { postSagaRetry } from "./post-saga-retry.ts";

type AddRoute = (app: App, parts: Parts, options: DoorOptions) => void | Promise<void>;

/** The table of routes. */
const routes: readonly AddRoute[] = [
  passOnToIdentity,
  listProducts,
  getProduct,
  postOrder,
  getOrder,
  getOrderSaga,
  getOrderEvents,
  listOrders,
  listSagas,
  postSagaRetry,
  postSagaCompensate,
  postSagaResolve,
  listDeadLetters,
  getDeadLetter,
  getHealth,
  getOpenApi,
  getGrpcReference,
];

/** Adds every route to the server. */
export async function addRoutes(app: App, parts: Parts, options: DoorOptions): Promise<void> {
  await refuseOtherMethods(app, async () => {
    for (const addRoute of routes) await addRoute(app, parts, options);
  });
}
