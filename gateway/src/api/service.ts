import type { App, DoorOptions, Parts } from "./app.ts";
import { getHealth } from "./get-health.ts";
import { getOpenApi } from "./get-open-api.ts";
import { getOrder } from "./get-order.ts";
import { getOrderSaga } from "./get-order-saga.ts";
import { getProduct } from "./get-product.ts";
import { listProducts } from "./list-products.ts";
import { refuseOtherMethods } from "./method-not-allowed.ts";
import { passOnToIdentity } from "./pass-on-to-identity.ts";
import { postOrder } from "./post-order.ts";

type AddRoute = (app: App, parts: Parts, options: DoorOptions) => void | Promise<void>;

/** The table of routes. */
const routes: readonly AddRoute[] = [
  passOnToIdentity,
  listProducts,
  getProduct,
  postOrder,
  getOrder,
  getOrderSaga,
  getHealth,
  getOpenApi,
];

/** Adds every route to the server. */
export async function addRoutes(app: App, parts: Parts, options: DoorOptions): Promise<void> {
  await refuseOtherMethods(app, async () => {
    for (const addRoute of routes) await addRoute(app, parts, options);
  });
}
