import { randomUUID } from "node:crypto";
import { CallRequest } from "@shop/protos/gen/shop/batch/v1/batch";
import { AdjustStockRequest, CheckAvailabilityRequest } from "@shop/protos/gen/shop/inventory/v1/inventory";
import * as operator from "@shop/protos/gen/shop/orders/v1/operator";
import { CreateOrderRequest, GetOrderRequest, ListOrdersRequest } from "@shop/protos/gen/shop/orders/v1/orders";
import { ProcessPaymentRequest } from "@shop/protos/gen/shop/payments/v1/payments";
import { ScheduleShipmentRequest } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { Canaries } from "./_canaries.ts";
import type { HttpAnswer } from "./_raw-http.ts";
import type { Recorder } from "./_recorder.ts";
import { batchPath, type GrpcDoor } from "./_rpcs.ts";
import { newOrderId } from "./_world.ts";

/** Sends a JSON document to the gateway. */
export function sendJson(
  recorder: Recorder,
  path: string,
  body: unknown,
  token: string,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const usual = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return recorder.rest(path, { method: "POST", headers: { ...usual, ...headers }, body: text });
}

/** An order whose address is a canary. */
export function canaryOrder(canaries: Canaries, productId: string, change: Record<string, unknown> = {}) {
  const { street, city, cardAsName, cardInStreet } = canaries;
  return {
    items: [{ productId, quantity: 1, productName: `lamp ${cardAsName.value}` }],
    shippingAddress: {
      street: `${street.value} ${cardInStreet.value}`,
      ...{ city: city.value, state: "IL", zipCode: "62701", country: "US" },
    },
    ...change,
  };
}

/** Orders that are placed, and such as cannot be, at the REST door. */
export async function orderOverRest(
  recorder: Recorder,
  canaries: Canaries,
  productId: string,
  token: string,
): Promise<void> {
  const { refusedStreet, cardAsMethod, cardAsId, cardInPath, cardInHeader, cardInGarbage, cardAsKey, cardAsAgent } =
    canaries;
  const post = (body: unknown, headers?: Record<string, string>) =>
    sendJson(recorder, "/api/orders", body, token, headers);
  const good = canaryOrder(canaries, productId);
  const refused = (change: object) => ({
    ...good,
    shippingAddress: { ...good.shippingAddress, street: refusedStreet.value, ...change },
  });
  const key = `key-${cardAsKey.value}`;
  await post(good, { "idempotency-key": key, "user-agent": cardAsAgent.value });
  await post({ ...good, paymentMethod: "pm_declined" }, { "idempotency-key": key });
  await post({ ...good, paymentMethod: "pm_declined" });
  await post({ ...good, shippingAddress: { ...good.shippingAddress, country: "AQ" } });
  await post({ ...good, items: [{ productId: randomUUID(), quantity: 1 }] });
  await post({ ...good, paymentMethod: cardAsMethod.value });
  await post({ ...good, orderId: cardAsId.value, userId: cardAsId.value });
  await post({ ...good, items: [{ productId: cardAsId.value, quantity: cardAsId.value, price: cardAsId.value }] });
  await post(refused({ country: cardAsMethod.value }));
  await post(refused({ zipCode: undefined }));
  await post(refused({ street: refusedStreet.value.repeat(1000) }));
  await post(refused({ street: `${refusedStreet.value}\u0000` }));
  await post(good, { "idempotency-key": `not one key ${cardInHeader.value}` });
  await post(JSON.stringify(refused({})).slice(0, -20));
  await post(`${JSON.stringify(refused({}))} ${cardInGarbage.value}`);
  await post(`{"items":"${cardInGarbage.value.repeat(20_000)}"}`);
  await post(Buffer.concat([Buffer.from(`{"paymentMethod":"${cardInGarbage.value}`), Buffer.from([0xff, 0x22, 0x7d])]));
  await post(cardInGarbage.value, { "content-type": "text/plain" });
  await post(cardInGarbage.value);
  const get = (path: string, authorization = `Bearer ${token}`) =>
    recorder.rest(path, { method: "GET", headers: { authorization, "x-card": cardInHeader.value } });
  await get(`/api/orders/${cardInPath.value}`);
  await get(`/api/orders/${randomUUID()}?card=${cardInPath.value}&access_token=${token}`);
  await get(`/${cardInPath.value}`);
  await get(`/api/products/${cardInPath.value}?q=${cardInPath.value}`);
  await get(`/api/orders/user/-?pageToken=${canaries.cardAsFilter.value}`);
  await get(`/api/orders/${randomUUID()}`, `Bearer ${token}x`);
  await get(`/api/orders/${randomUUID()}`, `Basic ${canaries.wrongPassword.value}`);
  await get(`/api/orders/${randomUUID()}`, `Bearer ${canaries.wrongToken.value}`);
}

/** The same at the gRPC doors, by users and by services, alone and in batches. */
export async function orderOverGrpc(
  recorder: Recorder,
  canaries: Canaries,
  productId: string,
  tokens: { readonly user: string; readonly service: Readonly<Record<string, string>> },
): Promise<void> {
  const { refusedStreet, cardAsMethod, cardAsId, cardAsFilter, cardInGarbage, cardInHeader } = canaries;
  const as = (token = "") => ({ authorization: `Bearer ${token}`, "x-card": cardInHeader.value });
  const create = (request: Uint8Array) =>
    recorder.call("/shop.orders.v1.OrderService/CreateOrder", as(tokens.user), request);
  const order = (change: object) =>
    CreateOrderRequest.encode(
      CreateOrderRequest.fromPartial({ ...(canaryOrder(canaries, productId) as object), ...change }),
    ).finish();
  await create(order({}));
  await create(order({ paymentMethod: cardAsMethod.value, orderId: cardAsId.value, userId: cardAsId.value }));
  await create(order({ shippingAddress: { street: refusedStreet.value, country: cardAsMethod.value } }));
  await create(order({ idempotencyKey: `${cardInGarbage.value}\u0000` }));
  await create(Buffer.from(`\u000a\u007f${cardInGarbage.value}`));
  const read = GetOrderRequest.encode({ orderId: cardAsId.value }).finish();
  await recorder.call("/shop.orders.v1.OrderService/GetOrder", as(tokens.user), read);
  await recorder.call("/shop.orders.v1.OrderService/GetOrder", as(`${tokens.user}x`), read);
  const list = ListOrdersRequest.encode({ userId: "", pageSize: 1, pageToken: cardAsFilter.value }).finish();
  await recorder.call("/shop.orders.v1.OrderService/ListOrders", as(tokens.user), list);

  const dollar = { currencyCode: cardAsMethod.value, units: 1n, nanos: 0 };
  const calls: [GrpcDoor, string, Uint8Array][] = [
    [
      "payments",
      "/shop.payments.v1.PaymentService/ProcessPayment",
      ProcessPaymentRequest.encode({
        orderId: newOrderId(),
        userId: randomUUID(),
        amount: dollar,
        paymentMethod: cardAsMethod.value,
      }).finish(),
    ],
    [
      "shipping",
      "/shop.shipping.v1.ShippingService/ScheduleShipment",
      ScheduleShipmentRequest.encode({
        orderId: newOrderId(),
        userId: randomUUID(),
        address: { street: refusedStreet.value, city: "", state: "", zipCode: "", country: cardAsMethod.value },
        lines: [],
      }).finish(),
    ],
    [
      "inventory",
      "/shop.inventory.v1.InventoryService/CheckAvailability",
      CheckAvailabilityRequest.encode({ orderId: cardAsId.value, lines: [] }).finish(),
    ],
  ];
  for (const [door, path, request] of calls) {
    const metadata = as(tokens.service[door]);
    await recorder.call(path, metadata, request);
    await recorder.call(path, metadata, Buffer.from(cardInGarbage.value));
    const call = {
      method: path,
      request: Buffer.from(request),
      timeoutMs: 0,
      metadata: { "x-card": cardInHeader.value },
    };
    const strange = { ...call, method: `/${cardAsId.value}` };
    const batch = await recorder.call(
      batchPath,
      metadata,
      CallRequest.encode({ calls: [call, strange] }).finish(),
      door,
    );
    recorder.keep(`a batch at ${door}`, batch);
    await recorder.call(batchPath, metadata, Buffer.from(cardInGarbage.value), door);
  }
}

/** What operators and Admins write and look for. */
export async function operate(
  recorder: Recorder,
  canaries: Canaries,
  { admin, productId, sagaId }: { readonly admin: string; readonly productId: string; readonly sagaId: string },
): Promise<void> {
  const { cardAsReason, cardAsFilter, cardAsStockReason, cardAsUndo, cardAsId } = canaries;
  const as = { authorization: `Bearer ${admin}` };
  const reason = `as told by telephone, ${cardAsReason.value}`;
  const get = (path: string) => recorder.rest(path, { method: "GET", headers: as });
  await get(`/api/sagas?error=${cardAsFilter.value}&step=${cardAsFilter.value}`);
  await get(`/api/sagas?status=${cardAsFilter.value}&pageToken=${cardAsFilter.value}`);
  await get(`/api/dead-letters?step=${cardAsFilter.value}&pageToken=${cardAsFilter.value}`);
  await get(`/api/dead-letters/${cardAsFilter.value}`);
  await sendJson(recorder, `/api/sagas/${sagaId}/resolve`, { undo: cardAsUndo.value, reason }, admin);
  await sendJson(recorder, `/api/sagas/${sagaId}/retry`, { reason }, admin);
  await sendJson(recorder, `/api/sagas/${cardAsId.value}/retry`, { reason: [reason] }, admin);
  const resolve = operator.ResolveSagaRequest.encode({ sagaId, undo: cardAsUndo.value, reason }).finish();
  await recorder.call("/shop.orders.v1.SagaOperatorService/ResolveSaga", as, resolve);
  const sagas = operator.ListSagasRequest.fromPartial({ error: cardAsFilter.value, pageToken: cardAsFilter.value });
  await recorder.call(
    "/shop.orders.v1.SagaOperatorService/ListSagas",
    as,
    operator.ListSagasRequest.encode(sagas).finish(),
  );
  const change = { adjustmentId: randomUUID(), productId, delta: 1, reason: `paid with ${cardAsStockReason.value}` };
  for (const delta of [1, 2, 0]) {
    const request = AdjustStockRequest.encode({ ...change, delta }).finish();
    await recorder.call("/shop.inventory.v1.InventoryService/AdjustStock", as, request);
  }
}
