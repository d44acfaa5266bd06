// A process of its own: an order service whose door is the product's and whose rooms are empty.
import { createTokenVerifier } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { createGrpcServer, type RpcTable } from "@shop/platform/grpc-server";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { OrderServiceService, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { order } from "./order.ts";

const [, , identityUrl = "", issuer = ""] = process.argv;
const access = { user: ["customer"] } as const;
const unused = { access, handle: () => Promise.reject(new AppError("UNIMPLEMENTED", "not measured")) } as never;
const table: RpcTable<typeof OrderServiceService> = {
  createOrder: {
    access,
    handle: async () => ({ order, sagaStatus: SagaStatus.SAGA_STATUS_COMPLETED, replayed: false }),
  },
  getOrder: { access, handle: async () => ({ order }) },
  getSaga: unused,
  listOrders: unused,
  watchOrder: unused,
};

const log = silentLog();
const verifier = createTokenVerifier({ url: identityUrl, issuer, audience: "order-service", log });
const server = createGrpcServer({ host: "127.0.0.1", port: 0, log, metrics: createMetrics("orders"), verifier });
server.addService(OrderServiceService, table);
await verifier.start();
await server.start();
process.send?.({ port: server.port });
process.on("disconnect", () => process.exit());
