import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { GetOrderRequest, GetOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { findOrder } from "../store/orders.ts";
import { callingUser, maySee, orderNotFound } from "./caller.ts";
import { toOrderMessage } from "./order-message.ts";
import { parseOrderId } from "./parse-order-id.ts";

/** Reads one order. */
export async function getOrder(db: Queryable, request: GetOrderRequest, call: Call): Promise<GetOrderResponse> {
  const orderId = parseOrderId(request);
  const found = await findOrder(db, orderId);
  if (found === undefined || !maySee(callingUser(call), found.order.userId)) throw orderNotFound(orderId);
  return { order: toOrderMessage(found.order) };
}
