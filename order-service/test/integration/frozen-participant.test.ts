import { createTokenVerifier } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { createGrpcServer, type Rpc } from "@shop/platform/grpc-server";
import { createLog, silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { toWireMoney } from "@shop/platform/money";
import { InventoryServiceService, ReservationStatus } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { CreateOrderRequest, OrderServiceService, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { PaymentServiceService, PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShipmentStatus, ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { eventually } from "@shop/testkit/eventually";
import { aliceId, createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { readConfig } from "../../src/config.ts";
import { type Context, createContext } from "../../src/context.ts";
import { ADDRESS, PRODUCT } from "./_orders.ts";

const times = { createdAt: undefined, updatedAt: undefined };

let database: TestDatabase;
let identity: TestIdentity;
let participants: Awaited<ReturnType<typeof startParticipants>>;
let context: Context;
let orders: RpcClient<typeof OrderServiceService>;
/** The states of the payments' breaker, as the log told them. */
const breakerStates: string[] = [];

beforeAll(async () => {
  [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  participants = await startParticipants();
  context = await createContext(config(), {
    log: createLog({ service: "test", level: "debug", destination: watched() }),
  });
  await context.start();
  orders = createRpcClient(OrderServiceService, { address: `127.0.0.1:${context.ports.grpc}` });
});

afterAll(async () => {
  orders.close();
  await context.close();
  await participants.close();
  await Promise.all([database.drop(), identity.close()]);
});

test("asks a participant that takes calls but never answers about once per saga, and goes on with all when it answers", async () => {
  participants.freeze();
  expect(await statusesOf(40)).toEqual(Array(40).fill(SagaStatus.SAGA_STATUS_PARKED));
  expect(breakerStates).toContain("open");

  expect(await statusesOf(10)).toEqual(Array(10).fill(SagaStatus.SAGA_STATUS_PARKED));
  await eventually(() => breakerStates.filter((state) => state === "open").length === 2);
  expect(breakerStates).toEqual(["closed", "open", "half-open", "open"]);
  const unanswered = participants.calls();
  expect(unanswered / 40).toBeLessThanOrEqual(1.1);

  participants.thaw();
  await eventually(() => breakerStates.at(-1) === "closed");
  // By their own time those that are parked would come back within 4 s.
  await eventually(async () => (await completed()) === 50, { timeoutMs: 2000 });
  expect(breakerStates).toEqual(["closed", "open", "half-open", "open", "half-open", "closed"]);
  expect(participants.calls()).toBe(unanswered + 50);
});

async function statusesOf(count: number): Promise<SagaStatus[]> {
  const authorization = `Bearer ${identity.userToken({ userId: aliceId })}`;
  const request = CreateOrderRequest.fromPartial({
    items: [{ productId: PRODUCT, quantity: 1 }],
    shippingAddress: ADDRESS,
  });
  const place = () => orders.createOrder(request, { authorization, timeoutMs: 8000 });
  return (await Promise.all(Array.from({ length: count }, place))).map(({ sagaStatus }) => sagaStatus);
}

async function completed(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${context.ports.ops}/metrics`)).text();
  return Number(/^order_completed_total\S* (\d+)$/m.exec(metrics)?.[1]);
}

function watched(): { write(line: string): void } {
  return {
    write(line) {
      const fields = JSON.parse(line) as Record<string, string>;
      if (fields.message !== "circuit breaker changed" || fields["labels.target"] !== "payments") return;
      breakerStates.push(fields["labels.state"] ?? "");
    },
  };
}

/** One server for all participants. While it is frozen, payments take calls and never answer them. */
async function startParticipants() {
  const price = toWireMoney({ minorUnits: 500, currency: "USD" });
  let isFrozen = false;
  let payments = 0;
  const server = createGrpcServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLog(),
    metrics: createMetrics("participants"),
    verifier: createTokenVerifier({ keys: identity.keys(), issuer: identity.issuer }),
    drainMs: 100,
  });
  server.addService(InventoryServiceService, {
    checkAvailability: answer(async () => ({ refusal: undefined })),
    reserveInventory: answer(async ({ orderId }) => {
      const lines = [{ productId: PRODUCT, name: "Lamp", quantity: 1, unitPrice: price }];
      const status = ReservationStatus.RESERVATION_STATUS_HELD;
      const reservation = { orderId, status, lines, totalAmount: price, expiresAt: undefined };
      return { outcome: { $case: "reservation", value: reservation } };
    }),
    commitInventory: answer(async () => ({ reservation: undefined })),
    releaseInventory: notAsked,
    listProducts: notAsked,
    getProduct: notAsked,
    adjustStock: notAsked,
  });
  server.addService(PaymentServiceService, {
    processPayment: answer(async ({ orderId, amount }) => {
      payments++;
      if (isFrozen) await new Promise(() => {});
      const status = PaymentStatus.PAYMENT_STATUS_COMPLETED;
      const payment = { orderId, status, amount, providerReference: orderId, ...times };
      return { outcome: { $case: "payment", value: payment } };
    }),
    refundPayment: notAsked,
    getPayment: notAsked,
  });
  server.addService(ShippingServiceService, {
    scheduleShipment: answer(async ({ orderId }) => {
      const status = ShipmentStatus.SHIPMENT_STATUS_SCHEDULED;
      return { outcome: { $case: "shipment", value: { orderId, status, trackingNumber: "T1", ...times } } };
    }),
    cancelShipment: notAsked,
    getShipment: notAsked,
  });
  await server.start();
  return {
    address: `127.0.0.1:${server.port}`,
    calls: () => payments,
    freeze: () => {
      isFrozen = true;
    },
    thaw: () => {
      isFrozen = false;
    },
    close: () => server.close(),
  };
}

function answer<Request, Response>(handle: (request: Request) => Promise<Response>): Rpc<Request, Response> {
  return { access: "anyone", handle };
}

const notAsked: Rpc<unknown, never> = {
  access: "anyone",
  handle: async () => {
    throw new AppError("UNIMPLEMENTED", "No saga of this test asks for it.");
  },
};

function config() {
  return readConfig({
    APP_MODE: "development",
    SANDBOX_RULES: "on",
    GRPC_PORT: "0",
    OPS_PORT: "0",
    DATABASE_URL: database.url,
    IDENTITY_URL: identity.url,
    TOKEN_ISSUER: identity.issuer,
    CLIENT_ID: identity.clientId,
    CLIENT_SECRET: identity.clientSecret,
    INVENTORY_ADDRESS: participants.address,
    PAYMENTS_ADDRESS: participants.address,
    SHIPPING_ADDRESS: participants.address,
    SAGA_RETRY_ATTEMPTS: "1",
    SAGA_RETRY_DELAY_MS: "200",
  });
}
