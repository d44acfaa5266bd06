// A process of its own: the three services of the race. Their doors are the product's, their rooms are empty: they keep
// everything in memory and answer at once.
import { AppError } from "@shop/platform/errors";
import { createGrpcServer, type Rpc, type RpcTable, type ServiceDefinition } from "@shop/platform/grpc-server";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import type { Money } from "@shop/protos/gen/google/type/money";
import { InventoryServiceService, ReservationStatus } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { PaymentServiceService, PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShipmentStatus, ShippingServiceService } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { raceToken } from "./race-token.ts";

const scope = "race";
const callers = new Map([[raceToken, { kind: "service", clientId: "race", scopes: new Set([scope]) } as const]]);
const held = new Set<string>();
const paid = new Set<string>();
const shipped = new Set<string>();

const inventory: Partial<RpcTable<typeof InventoryServiceService>> = {
  reserveInventory: rpc(({ orderId, lines }) => {
    held.add(orderId);
    const unitPrice = dollars(20);
    const priced = lines.map(({ productId, quantity }) => ({ productId, quantity, name: "A product", unitPrice }));
    const totalAmount = dollars(20 * (lines[0]?.quantity ?? 1));
    const value = { orderId, status: ReservationStatus.RESERVATION_STATUS_HELD, lines: priced, totalAmount };
    return { outcome: { $case: "reservation", value } };
  }),
  releaseInventory: rpc(({ orderId }) => {
    held.delete(orderId);
    return { status: ReservationStatus.RESERVATION_STATUS_RELEASED };
  }),
};

const payments: Partial<RpcTable<typeof PaymentServiceService>> = {
  processPayment: rpc(({ orderId, paymentMethod, amount }) => {
    if (paymentMethod === "pm_declined") {
      return { outcome: { $case: "decline", value: { code: "PAYMENT_DECLINED", message: "the card was declined" } } };
    }
    paid.add(orderId);
    const status = PaymentStatus.PAYMENT_STATUS_COMPLETED;
    return { outcome: { $case: "payment", value: { orderId, status, amount, providerReference: `ref-${orderId}` } } };
  }),
  refundPayment: rpc(({ orderId }) => {
    paid.delete(orderId);
    return { status: PaymentStatus.PAYMENT_STATUS_REFUNDED };
  }),
};

const shipping: Partial<RpcTable<typeof ShippingServiceService>> = {
  scheduleShipment: rpc(({ orderId }) => {
    shipped.add(orderId);
    const status = ShipmentStatus.SHIPMENT_STATUS_SCHEDULED;
    return { outcome: { $case: "shipment", value: { orderId, status, trackingNumber: `T-${orderId}` } } };
  }),
  cancelShipment: rpc(({ orderId }) => {
    shipped.delete(orderId);
    return { status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED };
  }),
};

const server = createGrpcServer({
  host: "127.0.0.1",
  port: 0,
  log: silentLog(),
  metrics: createMetrics("participants"),
  hasBatching: true,
  // The product's verifier finds a token that it has seen before in a map; so does this one, with the one token there is.
  verifier: {
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    verify: (token) => callers.get(token) ?? { kind: "anonymous" },
    ready: () => Promise.resolve(),
  },
});
server.addService(InventoryServiceService, { ...notInTheRace(InventoryServiceService), ...inventory });
server.addService(PaymentServiceService, { ...notInTheRace(PaymentServiceService), ...payments });
server.addService(ShippingServiceService, { ...notInTheRace(ShippingServiceService), ...shipping });
await server.start();
process.send?.({ port: server.port });
// Whoever asks, whatever it asks, is told the processor time used so far, in microseconds.
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
process.on("disconnect", () => void server.close());

function rpc<Request, Response>(answer: (request: Request) => Response): Rpc<Request, Response> {
  return { access: { service: scope }, handle: (request) => Promise.resolve(answer(request)) };
}

function dollars(units: number): Money {
  return { currencyCode: "USD", units: BigInt(units), nanos: 0 };
}

function notInTheRace<Definition extends ServiceDefinition>(definition: Definition): RpcTable<Definition> {
  const refuse = rpc(() => {
    throw new AppError("UNIMPLEMENTED", "not part of the race");
  });
  return Object.fromEntries(Object.keys(definition).map((method) => [method, refuse])) as never;
}
