import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { GetSagaRequest, GetSagaResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { findSagaOfOrder } from "../store/sagas.ts";
import { callingUser, maySee, orderNotFound } from "./caller.ts";
import { parseOrderId } from "./parse-order-id.ts";
import { sagaMessageFor } from "./saga-message.ts";

/** Reads the saga of one order with its history. */
export async function getSaga(db: Queryable, request: GetSagaRequest, call: Call): Promise<GetSagaResponse> {
  const orderId = parseOrderId(request);
  const user = callingUser(call);
  const saga = await findSagaOfOrder(db, orderId);
  if (saga === undefined || !maySee(user, saga.userId)) throw orderNotFound(orderId);
  return { saga: sagaMessageFor(user, saga) };
}
