import type { RpcTable } from "@shop/platform/grpc-server";
import type { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { type CreateOrderDeps, createOrder } from "./create-order.ts";
import { getOrder } from "./get-order.ts";
import { getSaga } from "./get-saga.ts";

/** Every RPC of the order service: who may call it, and where it stands. */
export function orderService(deps: CreateOrderDeps): RpcTable<typeof OrderServiceService> {
  return {
    createOrder: {
      access: { user: ["customer", "Admin"] },
      handle: (request, call) => createOrder(deps, request, call),
    },
    getOrder: {
      access: { user: ["customer", "operator", "Admin"] },
      handle: (request, call) => getOrder(deps.db, request, call),
    },
    getSaga: {
      access: { user: ["customer", "operator", "Admin"] },
      handle: (request, call) => getSaga(deps.db, request, call),
    },
  };
}
