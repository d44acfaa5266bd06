import { readConfig as readInventoryConfig } from "@shop/inventory-service/config";
import { createContext as createInventory } from "@shop/inventory-service/context";
import { readConfig as readNotificationsConfig } from "@shop/notification-service/config";
import { createContext as createNotifications } from "@shop/notification-service/context";
import { readConfig as readOrdersConfig } from "@shop/order-service/config";
import { createContext as createOrders } from "@shop/order-service/context";
import { readConfig as readPaymentsConfig } from "@shop/payment-service/config";
import { createContext as createPayments } from "@shop/payment-service/context";
import { silentLog } from "@shop/platform/logging";
import { readConfig as readShippingConfig } from "@shop/shipping-service/config";
import { createContext as createShipping } from "@shop/shipping-service/context";
import { createTestDatabase } from "@shop/testkit/database";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { openRawGrpc } from "./_raw-grpc.ts";
import { reflectedServices } from "./_reflection.ts";
import { type GrpcDoor, grpcDoors, servicesOf } from "./_rpcs.ts";

interface Service {
  readonly ports: { readonly grpc: number };
  start(): Promise<void>;
  close(): Promise<void>;
}

const log = silentLog();
const create: Readonly<Record<GrpcDoor, (env: NodeJS.ProcessEnv) => Promise<Service>>> = {
  orders: (env) => createOrders(readOrdersConfig(env), { log }),
  inventory: (env) => createInventory(readInventoryConfig(env), { log }),
  payments: (env) => createPayments(readPaymentsConfig(env), { log }),
  shipping: (env) => createShipping(readShippingConfig(env), { log }),
  notifications: (env) => createNotifications(readNotificationsConfig(env), { log }),
};

let identity: TestIdentity;

beforeAll(async () => {
  identity = await createTestIdentity();
});

afterAll(() => identity?.close());

function production(databaseUrl: string): NodeJS.ProcessEnv {
  const nobody = "127.0.0.1:1";
  return {
    APP_MODE: "production",
    ...{ GRPC_PORT: "0", OPS_PORT: "0", DATABASE_URL: databaseUrl },
    ...{ IDENTITY_URL: identity.url, TOKEN_ISSUER: identity.issuer },
    ...{ CLIENT_ID: identity.clientId, CLIENT_SECRET: identity.clientSecret.padEnd(64, "0") },
    ...{ INVENTORY_ADDRESS: nobody, PAYMENTS_ADDRESS: nobody, SHIPPING_ADDRESS: nobody, NOTIFICATIONS_ADDRESS: nobody },
  };
}

test.each(grpcDoors)("%s shows its health and no reflection in production", async (door) => {
  const database = await createTestDatabase();
  const service = await create[door](production(database.url));
  try {
    await service.start();
    const client = openRawGrpc(`127.0.0.1:${service.ports.grpc}`);
    const call = (path: string, metadata: object, request: Uint8Array) => client.call(path, metadata as never, request);

    expect(await reflectedServices({ call }, door)).toBeUndefined();
    expect(
      (await call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {}, Buffer.alloc(0))).code,
    ).toBe("UNIMPLEMENTED");
    expect((await call("/grpc.channelz.v1.Channelz/GetServers", {}, Buffer.alloc(0))).code).toBe("UNIMPLEMENTED");
    expect((await call("/grpc.health.v1.Health/Check", {}, Buffer.alloc(0))).code).toBe("OK");
    expect((await call(`/${servicesOf[door][0]}/Nothing`, {}, Buffer.alloc(0))).code).toBe("UNIMPLEMENTED");
    await client.close();
  } finally {
    await service.close();
    await database.drop();
  }
});
