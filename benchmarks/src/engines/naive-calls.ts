import { ChannelCredentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { InventoryServiceClient } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { PaymentServiceClient, type ProcessPaymentResponse } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShippingServiceClient } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { BenchOrder } from "../order.ts";
import { raceToken } from "../race-token.ts";

/** The naive orchestrator's calls. A refusal is an answer; everything else that fails rejects. */
export interface NaiveCalls {
  reserve(order: BenchOrder): Promise<"done">;
  release(orderId: string): Promise<"done">;
  pay(order: BenchOrder): Promise<"done" | "declined">;
  ship(order: BenchOrder): Promise<"done">;
  close(): void;
}

const deadlineMs = 1500;

/** Unary calls by the generated clients, each with the token and a deadline: no correlation id, no breaker, no retry. */
export function createNaiveCalls(address: string): NaiveCalls {
  const credentials = ChannelCredentials.createInsecure();
  const inventory = new InventoryServiceClient(address, credentials);
  const payments = new PaymentServiceClient(address, credentials);
  const shipping = new ShippingServiceClient(address, credentials);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${raceToken}`);
  const options = (): { deadline: number } => ({ deadline: Date.now() + deadlineMs });
  return {
    reserve: ({ id: orderId, lines }) => {
      const request = { orderId, lines: lines.map((line) => ({ ...line, expectedUnitPrice: undefined })) };
      return ask(
        (done) => inventory.reserveInventory(request, metadata, options(), done),
        () => "done",
      );
    },
    release: (orderId) =>
      ask(
        (done) => inventory.releaseInventory({ orderId }, metadata, options(), done),
        () => "done",
      ),
    pay: ({ id: orderId, userId, paymentMethod, lines }) => {
      const amount = { currencyCode: "USD", units: 20n * BigInt(lines[0]?.quantity ?? 1), nanos: 0 };
      return ask(
        (done) => payments.processPayment({ orderId, userId, amount, paymentMethod }, metadata, options(), done),
        ({ outcome }: ProcessPaymentResponse) => (outcome?.$case === "decline" ? "declined" : "done"),
      );
    },
    ship: ({ id: orderId, userId, shippingAddress: address, lines }) => {
      const request = { orderId, userId, address, lines: [...lines] };
      return ask(
        (done) => shipping.scheduleShipment(request, metadata, options(), done),
        () => "done",
      );
    },
    close: () => {
      for (const client of [inventory, payments, shipping]) client.close();
    },
  };
}

/** A call as a promise. */
function ask<Response, Result>(
  call: (done: (err: ServiceError | null, response: Response) => void) => unknown,
  read: (response: Response) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    call((err, response) => (err ? reject(err) : resolve(read(response))));
  });
}
