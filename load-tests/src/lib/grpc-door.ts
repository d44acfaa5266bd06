import grpc, { type Client } from "k6/net/grpc";
import type { Basket } from "./basket.ts";
import { type Answer, type Door, PAGE_SIZE, REQUEST_TIMEOUT, readAnswer } from "./door.ts";
import { grpcError } from "./errors.ts";
import { fromGrpcOrder, fromGrpcSaga, type GrpcOrder, type SagaJson, toGrpcMoney } from "./order-json.ts";

const SERVICE = "shop.orders.v1.OrderService";

/** The folders in which protos are looked for, from wherever k6 was started. */
const importPaths = [
  import.meta.resolve("../../../protos"),
  import.meta.resolve("../../../node_modules/google-proto-files"),
];

/** A client that knows a service's messages; k6 allows this in the init context only. */
export function loadClient(proto: string): Client {
  const client = new grpc.Client();
  client.load([...importPaths], proto);
  return client;
}

/** Connects a client at its first call; every later call of this user takes the same connection. */
export function connectOnce(client: Client, target: string): () => Client {
  let isConnected = false;
  return () => {
    if (!isConnected) client.connect(target, { plaintext: true, timeout: "10s" });
    isConnected = true;
    return client;
  };
}

/** The gRPC door of the orders. */
export function grpcDoor(connect: () => Client): Door {
  const call = <T>(method: string, request: object, token: string, read: (message: object) => T): Answer<T> =>
    invoke(connect, `${SERVICE}/${method}`, request, token, read);
  return {
    name: "grpc",
    place: (token, basket) =>
      call("CreateOrder", orderMessage(basket), token, (message) =>
        fromGrpcOrder((message as { order: GrpcOrder }).order),
      ),
    read: (token, id) =>
      call("GetOrder", { order_id: id }, token, (message) => fromGrpcOrder((message as { order: GrpcOrder }).order)),
    saga: (token, id) =>
      call("GetSaga", { order_id: id }, token, (message) => fromGrpcSaga((message as { saga: SagaJson }).saga)),
    list: (token) =>
      call(
        "ListOrders",
        { page_size: PAGE_SIZE },
        token,
        (message) => (message as { orders: unknown[] }).orders.length,
      ),
  };
}

/** Makes one call, timed without the connecting, as requests by REST are. */
export function invoke<T>(
  connect: () => Client,
  method: string,
  request: object,
  token: string,
  read: (message: object) => T,
): Answer<T> {
  const client = tryConnect(connect);
  const sentAt = Date.now();
  if (client === undefined) return { sentAt, durationMs: 0, error: "NO_CONNECTION" };
  const res = client.invoke(method, request, {
    metadata: { authorization: `Bearer ${token}` },
    timeout: REQUEST_TIMEOUT,
  });
  const durationMs = Date.now() - sentAt;
  if (res.status !== grpc.StatusOK) return { sentAt, durationMs, error: grpcError(res.status) };
  return readAnswer({ sentAt, durationMs }, () => read(res.message));
}

function tryConnect(connect: () => Client): Client | undefined {
  try {
    return connect();
  } catch {
    return undefined; // nobody listens there: counted as an error of this call, and tried again with the next
  }
}

function orderMessage({ items, shippingAddress, paymentMethod, orderId, idempotencyKey }: Basket): object {
  const { street, city, state, zipCode, country } = shippingAddress;
  return {
    items: items.map(({ productId, quantity, priceCents }) => ({
      product_id: productId,
      quantity,
      expected_unit_price: toGrpcMoney(priceCents),
    })),
    shipping_address: { street, city, state, zip_code: zipCode, country },
    payment_method: paymentMethod,
    order_id: orderId ?? "",
    idempotency_key: idempotencyKey,
  };
}
