// A process of its own: the three services of the race, which keep everything in memory and answer at once.
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Money } from "@shop/protos/gen/google/type/money";
import {
  type InventoryServiceServer,
  InventoryServiceService,
  ReservationStatus,
} from "@shop/protos/gen/shop/inventory/v1/inventory";
import {
  type PaymentServiceServer,
  PaymentServiceService,
  PaymentStatus,
} from "@shop/protos/gen/shop/payments/v1/payments";
import {
  ShipmentStatus,
  type ShippingServiceServer,
  ShippingServiceService,
} from "@shop/protos/gen/shop/shipping/v1/shipping";

const held = new Set<string>();
const paid = new Set<string>();
const shipped = new Set<string>();

const inventory: Pick<InventoryServiceServer, "reserveInventory" | "releaseInventory"> = {
  reserveInventory: unary(({ orderId, lines }) => {
    held.add(orderId);
    const unitPrice = dollars(20);
    const priced = lines.map(({ productId, quantity }) => ({ productId, quantity, name: "A product", unitPrice }));
    const totalAmount = dollars(20 * (lines[0]?.quantity ?? 1));
    const value = { orderId, status: ReservationStatus.RESERVATION_STATUS_HELD, lines: priced, totalAmount };
    return { outcome: { $case: "reservation", value } };
  }),
  releaseInventory: unary(({ orderId }) => {
    held.delete(orderId);
    return { status: ReservationStatus.RESERVATION_STATUS_RELEASED };
  }),
};

const payments: Pick<PaymentServiceServer, "processPayment" | "refundPayment"> = {
  processPayment: unary(({ orderId, paymentMethod, amount }) => {
    if (paymentMethod === "pm_declined") {
      return { outcome: { $case: "decline", value: { code: "PAYMENT_DECLINED", message: "the card was declined" } } };
    }
    paid.add(orderId);
    const status = PaymentStatus.PAYMENT_STATUS_COMPLETED;
    return { outcome: { $case: "payment", value: { orderId, status, amount, providerReference: `ref-${orderId}` } } };
  }),
  refundPayment: unary(({ orderId }) => {
    paid.delete(orderId);
    return { status: PaymentStatus.PAYMENT_STATUS_REFUNDED };
  }),
};

const shipping: Pick<ShippingServiceServer, "scheduleShipment" | "cancelShipment"> = {
  scheduleShipment: unary(({ orderId }) => {
    shipped.add(orderId);
    const status = ShipmentStatus.SHIPMENT_STATUS_SCHEDULED;
    return { outcome: { $case: "shipment", value: { orderId, status, trackingNumber: `T-${orderId}` } } };
  }),
  cancelShipment: unary(({ orderId }) => {
    shipped.delete(orderId);
    return { status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED };
  }),
};

const server = new Server();
server.addService(InventoryServiceService, { ...notInTheRace(InventoryServiceService), ...inventory });
server.addService(PaymentServiceService, { ...notInTheRace(PaymentServiceService), ...payments });
server.addService(ShippingServiceService, { ...notInTheRace(ShippingServiceService), ...shipping });
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (err, port) => {
  if (err) throw err;
  process.send?.({ port });
});
process.on("disconnect", () => server.forceShutdown());

function unary<Request, Response>(answer: (request: Request) => Response): handleUnaryCall<Request, Response> {
  return (call, respond) => respond(null, answer(call.request));
}

function dollars(units: number): Money {
  return { currencyCode: "USD", units: BigInt(units), nanos: 0 };
}

function notInTheRace(service: object): UntypedServiceImplementation {
  const refuse = (_call: unknown, respond: (err: object) => void): void =>
    respond({ code: status.UNIMPLEMENTED, details: "not part of the race" });
  return Object.fromEntries(Object.keys(service).map((method) => [method, refuse as never]));
}
