import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { GetSagaRequest, GetSagaResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { callingUser } from "./caller.ts";
import { parseOrderId } from "./parse-order-id.ts";
import { sagaMessageFor } from "./saga-message.ts";
import { visibleSaga } from "./visible-order.ts";

/** Reads the saga of one order with its history. */
export async function getSaga(db: Queryable, request: GetSagaRequest, call: Call): Promise<GetSagaResponse> {
  const orderId = parseOrderId(request);
  const user = callingUser(call);
  return { saga: sagaMessageFor(user, await visibleSaga(db, user, orderId)) };
}
