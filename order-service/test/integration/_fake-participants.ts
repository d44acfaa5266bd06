import { createTokenVerifier } from "@shop/platform/auth";
import {
  type Call,
  createGrpcServer,
  type RequestOf,
  type ResponseOf,
  type RpcTable,
  type ServiceDefinition,
} from "@shop/platform/grpc-server";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { InventoryServiceService, ReservationStatus } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { PaymentServiceService, PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShipmentStatus, ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { TestIdentity } from "@shop/testkit/identity";

/** How some methods of a service are answered; the others are UNIMPLEMENTED. */
type Answers<Definition> = {
  -readonly [Name in keyof Definition]?: (
    request: RequestOf<Definition[Name]>,
    call: Call,
  ) => Promise<ResponseOf<Definition[Name]>>;
};

/** Participants behind one real gRPC server. A test changes their answers as it goes. */
export interface FakeParticipants {
  /** The variables that send an order service to them. */
  readonly addresses: { readonly inventory: string; readonly payments: string; readonly shipping: string };
  readonly inventory: Answers<typeof InventoryServiceService>;
  readonly payments: Answers<typeof PaymentServiceService>;
  readonly shipping: Answers<typeof ShippingServiceService>;
  /** What was called, and by whom, in order. */
  readonly calls: { readonly method: string; readonly request: unknown; readonly call: Call }[];
  close(): Promise<void>;
}

const FIVE_DOLLARS = { currencyCode: "USD", units: 5n, nanos: 0 };
const NO_TIMES = { createdAt: undefined, updatedAt: undefined };

/** Starts participants that do everything at once. They take the tokens that `identity` signs with its first key. */
export async function openFakeParticipants(identity: TestIdentity): Promise<FakeParticipants> {
  const calls: FakeParticipants["calls"] = [];
  const answers = { inventory: willingInventory(), payments: willingPayments(), shipping: willingShipping() };
  const verifier = createTokenVerifier({
    keys: identity.keys(),
    issuer: identity.issuer,
    audience: "inventory-service",
  });
  const server = createGrpcServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLog(),
    metrics: createMetrics("fake"),
    verifier,
    drainMs: 100,
  });
  server.addService(InventoryServiceService, tableOf(InventoryServiceService, answers.inventory, "inventory", calls));
  server.addService(PaymentServiceService, tableOf(PaymentServiceService, answers.payments, "payments", calls));
  server.addService(ShippingServiceService, tableOf(ShippingServiceService, answers.shipping, "shipping", calls));
  await server.start();
  const address = `127.0.0.1:${server.port}`;
  return {
    ...answers,
    addresses: { inventory: address, payments: address, shipping: address },
    calls,
    close: () => server.close(),
  };
}

function tableOf<Definition extends ServiceDefinition>(
  definition: Definition,
  answers: Answers<Definition>,
  scope: string,
  calls: FakeParticipants["calls"],
): RpcTable<Definition> {
  const table = Object.keys(definition).map((method) => {
    const handle = (request: unknown, call: Call) => {
      calls.push({ method, request, call });
      const answer = answers[method] as ((request: unknown, call: Call) => Promise<unknown>) | undefined;
      if (answer === undefined) throw new Error(`nobody expected ${method}`);
      return answer(request, call);
    };
    return [method, { access: { service: scope }, handle }];
  });
  return Object.fromEntries(table) as RpcTable<Definition>;
}

function willingInventory(): Answers<typeof InventoryServiceService> {
  return {
    checkAvailability: async () => ({ refusal: undefined }),
    reserveInventory: async ({ orderId, lines }) => ({
      outcome: {
        $case: "reservation",
        value: {
          orderId,
          status: ReservationStatus.RESERVATION_STATUS_HELD,
          lines: lines.map((line) => ({ ...line, name: "Lamp", unitPrice: FIVE_DOLLARS })),
          totalAmount: FIVE_DOLLARS,
          expiresAt: undefined,
        },
      },
    }),
    commitInventory: async () => ({ reservation: undefined }),
    releaseInventory: async () => ({ status: ReservationStatus.RESERVATION_STATUS_RELEASED }),
  };
}

function willingPayments(): Answers<typeof PaymentServiceService> {
  return {
    processPayment: async ({ orderId, amount }) => ({
      outcome: {
        $case: "payment",
        value: {
          ...NO_TIMES,
          orderId,
          amount,
          status: PaymentStatus.PAYMENT_STATUS_COMPLETED,
          providerReference: "the-charge",
        },
      },
    }),
    refundPayment: async () => ({ status: PaymentStatus.PAYMENT_STATUS_REFUNDED }),
    getPayment: async () => ({ payment: undefined }),
  };
}

function willingShipping(): Answers<typeof ShippingServiceService> {
  return {
    scheduleShipment: async ({ orderId }) => ({
      outcome: {
        $case: "shipment",
        value: { ...NO_TIMES, orderId, status: ShipmentStatus.SHIPMENT_STATUS_SCHEDULED, trackingNumber: "T1" },
      },
    }),
    cancelShipment: async () => ({ status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED }),
    getShipment: async () => ({ shipment: undefined }),
  };
}
