import type { Access, RpcTable } from "@shop/platform/grpc-server";
import type { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { type CreateOrderDeps, createOrder } from "./create-order.ts";
import { getOrder } from "./get-order.ts";
import { getSaga } from "./get-saga.ts";
import { listOrders } from "./list-orders.ts";
import { type WatchOrderDeps, watchOrder } from "./watch-order.ts";

/** What the RPCs for orders need. */
export interface OrderServiceDeps extends CreateOrderDeps, WatchOrderDeps {
  readonly engine: CreateOrderDeps["engine"] & WatchOrderDeps["engine"];
}

const readers: Access = { user: ["customer", "operator", "Admin"] };

/** Every RPC of the order service: who may call it, and where it stands. */
export function orderService(deps: OrderServiceDeps): RpcTable<typeof OrderServiceService> {
  return {
    createOrder: {
      access: { user: ["customer", "Admin"] },
      handle: (request, call) => createOrder(deps, request, call),
    },
    getOrder: { access: readers, handle: (request, call) => getOrder(deps.db, request, call) },
    getSaga: { access: readers, handle: (request, call) => getSaga(deps.db, request, call) },
    listOrders: { access: readers, handle: (request, call) => listOrders(deps.db, request, call) },
    watchOrder: { access: readers, handle: (request, call) => watchOrder(deps, request, call) },
  };
}
