import http, { type Params, type RefinedResponse } from "k6/http";
import type { Basket } from "./basket.ts";
import { type Answer, type Door, PAGE_SIZE, REQUEST_TIMEOUT, readAnswer } from "./door.ts";
import { restError } from "./errors.ts";
import { fromRestOrder, fromRestSaga, type RestOrder, type SagaJson } from "./order-json.ts";
import type { Settings } from "./settings.ts";

/** The REST door. `userId` is whose orders are listed. */
export function restDoor({ baseUrl }: Settings, userId: string): Door {
  const get = <T>(path: string, name: string, token: string, read: (json: unknown) => T): Answer<T> =>
    answerOf(() => http.get(`${baseUrl}${path}`, params(name, token)), [200], read);
  return {
    name: "rest",
    place: (token, basket) =>
      answerOf(
        () => http.post(`${baseUrl}/api/orders`, orderBody(basket), placing(token, basket)),
        [201, 202],
        (json) => fromRestOrder(json as RestOrder),
      ),
    read: (token, id) =>
      get(`/api/orders/${id}`, "GET /api/orders/{id}", token, (json) => fromRestOrder(json as RestOrder)),
    saga: (token, id) =>
      get(`/api/orders/${id}/saga`, "GET /api/orders/{id}/saga", token, (json) => fromRestSaga(json as SagaJson)),
    list: (token) =>
      get(
        `/api/orders/user/${userId}?pageSize=${PAGE_SIZE}`,
        "GET /api/orders/user/{userId}",
        token,
        (json) => (json as { orders: unknown[] }).orders.length,
      ),
  };
}

/** Sends a request and reads its answer, which has to have one of the statuses. */
export function answerOf<T>(
  send: () => RefinedResponse<"text">,
  statuses: readonly number[],
  read: (json: unknown) => T,
): Answer<T> {
  const sentAt = Date.now();
  const res = send();
  const durationMs = res.timings.duration;
  if (!statuses.includes(res.status)) {
    return { sentAt, durationMs, error: restError(res.status, problemCode(res), res.error_code) };
  }
  return readAnswer({ sentAt, durationMs }, () => read(res.json()));
}

function problemCode(res: RefinedResponse<"text">): string | undefined {
  try {
    return String((res.json() as { code?: string }).code);
  } catch {
    return undefined; // not the shop's: a page of whatever stands before it
  }
}

function params(name: string, token: string): Params & { responseType: "text" } {
  return {
    headers: { authorization: `Bearer ${token}` },
    tags: { name },
    timeout: REQUEST_TIMEOUT,
    responseType: "text",
  };
}

function placing(token: string, { idempotencyKey }: Basket): Params & { responseType: "text" } {
  const usual = params("POST /api/orders", token);
  return {
    ...usual,
    headers: { ...usual.headers, "content-type": "application/json", "idempotency-key": idempotencyKey },
  };
}

function orderBody({ items, shippingAddress, paymentMethod, orderId }: Basket): string {
  return JSON.stringify({
    orderId,
    items: items.map(({ productId, quantity, priceCents }) => ({
      productId,
      quantity,
      price: (priceCents / 100).toFixed(2),
    })),
    shippingAddress: { ...shippingAddress, state: shippingAddress.state || undefined },
    paymentMethod,
  });
}
