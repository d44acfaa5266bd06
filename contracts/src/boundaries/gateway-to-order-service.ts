import type { RpcBoundary } from "../interaction.ts";
import { matching } from "../match.ts";
import { operating } from "./gateway-orders-operated.ts";
import { placing } from "./gateway-orders-placed.ts";
import { reading } from "./gateway-orders-read.ts";

/** The user's own token is passed on. */
const metadata = { authorization: matching(/Bearer \S+/, "Bearer an-example.of-an-access.token") };

/** The gateway places, reads and follows users' orders. */
export const gatewayToOrders: RpcBoundary = {
  consumer: "gateway",
  provider: "order-service",
  proto: "shop/orders/v1/orders.proto",
  service: "shop.orders.v1.OrderService",
  metadata,
  interactions: [...placing, ...reading],
};

/** The gateway passes on what operators ask of sagas. */
export const gatewayToSagaOperator: RpcBoundary = {
  consumer: "gateway",
  provider: "order-service",
  proto: "shop/orders/v1/operator.proto",
  service: "shop.orders.v1.SagaOperatorService",
  metadata,
  interactions: operating,
};
