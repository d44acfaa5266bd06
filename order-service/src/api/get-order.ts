import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { GetOrderRequest, GetOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { callingUser } from "./caller.ts";
import { toOrderMessage } from "./order-message.ts";
import { parseOrderId } from "./parse-order-id.ts";
import { visibleOrder } from "./visible-order.ts";

/** Reads one order. */
export async function getOrder(db: Queryable, request: GetOrderRequest, call: Call): Promise<GetOrderResponse> {
  const orderId = parseOrderId(request);
  const { order } = await visibleOrder(db, callingUser(call), orderId);
  return { order: toOrderMessage(order) };
}
