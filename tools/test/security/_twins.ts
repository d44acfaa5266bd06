import { randomUUID } from "node:crypto";
import { CreateOrderRequest } from "@shop/protos/gen/shop/orders/v1/orders";
import type { Doors } from "./_doors.ts";
import type { GrpcAnswer } from "./_raw-grpc.ts";
import type { HttpAnswer, HttpRequest } from "./_raw-http.ts";
import { rpcRequest } from "./_rpc-requests.ts";
import { aliceId, newOrderId, type World } from "./_world.ts";

/** A question about something that is there, which can also be asked about what is not. */
export interface Twin {
  readonly name: string;
  /** The id of what is there. */
  readonly real: string;
  /** An id that nothing has. */
  absent(): string;
  /** Asks as somebody who may not know, and gives all that came back; the id asked for is written as "<id>". */
  ask(id: string): Promise<string>;
}

/** Every question by which bob, who is another customer, might find out what there is of alice's. */
export function twinsFor(doors: Doors, world: World): Twin[] {
  return [...rpcTwins(doors, world), ...createTwins(doors, world), ...routeTwins(doors, world), ...loginTwins(doors)];
}

function rpcTwins(doors: Doors, world: World): Twin[] {
  const { order, users } = world;
  const of = (path: string, real: string): Twin => ({
    name: path,
    real,
    absent: newOrderId,
    async ask(id) {
      const named = Buffer.from(rpcRequest(path, world).toString("latin1").replace(real, id), "latin1");
      return grpcText(await doors.call(path, { authorization: `Bearer ${users.bob}` }, named), id);
    },
  });
  return [
    of("/shop.orders.v1.OrderService/GetOrder", order.id),
    of("/shop.orders.v1.OrderService/GetSaga", order.id),
    of("/shop.orders.v1.OrderService/WatchOrder", order.id),
    of("/shop.orders.v1.OrderService/ListOrders", aliceId),
    of("/shop.orders.v1.SagaOperatorService/RetrySaga", order.sagaId),
    of("/shop.orders.v1.SagaOperatorService/CompensateSaga", order.sagaId),
    of("/shop.orders.v1.SagaOperatorService/ResolveSaga", order.sagaId),
    of("/shop.inventory.v1.InventoryService/CommitInventory", order.id),
    of("/shop.payments.v1.PaymentService/GetPayment", order.id),
    of("/shop.shipping.v1.ShippingService/GetShipment", order.id),
    of("/shop.notifications.v1.NotificationService/ListNotifications", order.id),
  ];
}

/** Ordering for somebody else tells nothing of who there is; nor does an order id tell what is ordered under it. */
function createTwins(doors: Doors, { product, users, order }: World): Twin[] {
  const create = async (id: string, change: Partial<CreateOrderRequest>) => {
    const items = [{ productId: product.id, quantity: 1 }];
    const request = CreateOrderRequest.encode(CreateOrderRequest.fromPartial({ items, ...change })).finish();
    const metadata = { authorization: `Bearer ${users.bob}` };
    return grpcText(await doors.call("/shop.orders.v1.OrderService/CreateOrder", metadata, request), id);
  };
  return [
    { name: "CreateOrder for a user", real: aliceId, absent: randomUUID, ask: (id) => create(id, { userId: id }) },
    {
      name: "CreateOrder under alice's order id, as hers and otherwise",
      real: "1",
      absent: () => "7",
      async ask(quantity) {
        const items = [{ productId: product.id, quantity: Number(quantity), expectedUnitPrice: undefined }];
        return create(order.id, { orderId: order.id, items });
      },
    },
  ];
}

function routeTwins(doors: Doors, { order, users }: World): Twin[] {
  const asBob = { authorization: `Bearer ${users.bob}` };
  const json = { "content-type": "application/json" };
  const of = (name: string, real: string, request: (id: string) => HttpRequest & { path: string }): Twin => ({
    name,
    real,
    absent: newOrderId,
    async ask(id) {
      const { path, ...rest } = request(id);
      return httpText(await doors.rest(path, { ...rest, headers: { ...asBob, ...rest.headers } }), id);
    },
  });
  const get = (path: string, headers: Record<string, string> = {}) => ({ method: "GET", path, headers });
  const reason = JSON.stringify({ reason: "bob is curious" });
  const orderPaths = ["", "/saga", "/events"];
  return [
    ...orderPaths.map((end) =>
      of(`GET /api/orders/{id}${end}`, order.id, (id) => ({ ...get(`/api/orders/${id}${end}`), readForMs: 3000 })),
    ),
    ...orderPaths.map((end) =>
      of(`HEAD /api/orders/{id}${end}`, order.id, (id) => ({ ...get(`/api/orders/${id}${end}`), method: "HEAD" })),
    ),
    of("GET /api/orders/{id} if it has changed", order.id, (id) => get(`/api/orders/${id}`, { "if-none-match": "*" })),
    of("GET /api/orders/{ID}", order.id, (id) => get(`/api/orders/${id.toUpperCase()}`)),
    of("GET /api/orders/user/{userId}", aliceId, (id) => get(`/api/orders/user/${id}`)),
    of("GET /api/orders/user/{userId} by page", aliceId, (id) => get(`/api/orders/user/${id}?pageSize=1`)),
    of("GET /auth/users/{userId}", aliceId, (id) => get(`/auth/users/${id}`)),
    ...["retry", "compensate"].map((ask) =>
      of(`POST /api/sagas/{id}/${ask}`, order.sagaId, (id) => ({
        method: "POST",
        path: `/api/sagas/${id}/${ask}`,
        headers: json,
        body: reason,
      })),
    ),
  ];
}

/** A name that nobody has, and one that alice has with another password. */
function loginTwins(doors: Doors): Twin[] {
  return [
    {
      name: "POST /login",
      real: "alice",
      absent: () => `nobody-${randomUUID()}`,
      async ask(username) {
        const body = JSON.stringify({ username, password: "not the password" });
        const headers = { "content-type": "application/json" };
        return httpText(await doors.identity("/login", { method: "POST", headers, body }), username);
      },
    },
  ];
}

/** What differs between any two answers. */
const changing = /^(date|x-correlation-id|ratelimit-\w+|x-ratelimit-\w+): /;

function grpcText({ code, message, messages, metadata }: GrpcAnswer, id: string): string {
  const lines = metadata.filter((entry) => !changing.test(entry)).map(withDecodedBytes);
  const bodies = messages.map((bytes) => bytes.toString("latin1"));
  return withoutId([code, message, ...lines, ...bodies].join("\n"), id);
}

function httpText({ status, headers, body }: HttpAnswer, id: string): string {
  return withoutId([status, ...headers.filter((header) => !changing.test(header)), body].join("\n"), id);
}

function withDecodedBytes(entry: string): string {
  const [name = "", value = ""] = entry.split(": ");
  return name.endsWith("-bin") ? `${name}: ${Buffer.from(value, "base64").toString("latin1")}` : entry;
}

function withoutId(text: string, id: string): string {
  return text.replaceAll(id, "<id>").replaceAll(id.toLowerCase(), "<id>");
}
