import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { ChannelCredentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { InventoryServiceClient } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { PaymentServiceClient, type ProcessPaymentResponse } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShippingServiceClient } from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { BenchOrder } from "./order.ts";

/** The calls of the race, the same for every engine. A refusal is an answer; everything else that fails rejects. */
export interface ParticipantClients {
  reserve(order: BenchOrder): Promise<"done">;
  release(orderId: string): Promise<"done">;
  pay(order: BenchOrder): Promise<"done" | "declined">;
  refund(orderId: string): Promise<"done">;
  ship(order: BenchOrder): Promise<"done">;
  cancel(orderId: string): Promise<"done">;
  close(): void;
}

const deadlineMs = 1500;
const startLimitMs = 30_000;

/** Starts the participants as a process of their own and connects to them. */
export async function startParticipants(): Promise<ParticipantClients> {
  const child = fork(new URL("participants.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const port = await portOf(child);
  const address = `127.0.0.1:${port}`;
  const credentials = ChannelCredentials.createInsecure();
  const inventory = new InventoryServiceClient(address, credentials);
  const payments = new PaymentServiceClient(address, credentials);
  const shipping = new ShippingServiceClient(address, credentials);
  const options = (): { deadline: number } => ({ deadline: Date.now() + deadlineMs });
  const metadata = new Metadata();
  const linesOf = ({ productId, quantity }: BenchOrder) => [{ productId, quantity, expectedUnitPrice: undefined }];
  const destination = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
  return {
    reserve: (order) =>
      ask(
        (done) => inventory.reserveInventory({ orderId: order.id, lines: linesOf(order) }, metadata, options(), done),
        () => "done",
      ),
    release: (orderId) =>
      ask(
        (done) => inventory.releaseInventory({ orderId }, metadata, options(), done),
        () => "done",
      ),
    pay: ({ id: orderId, userId, paymentMethod, quantity }) => {
      const amount = { currencyCode: "USD", units: 20n * BigInt(quantity), nanos: 0 };
      return ask(
        (done) => payments.processPayment({ orderId, userId, amount, paymentMethod }, metadata, options(), done),
        ({ outcome }: ProcessPaymentResponse) => (outcome?.$case === "decline" ? "declined" : "done"),
      );
    },
    refund: (orderId) =>
      ask(
        (done) => payments.refundPayment({ orderId }, metadata, options(), done),
        () => "done",
      ),
    ship: (order) => {
      const request = { orderId: order.id, userId: order.userId, address: destination, lines: linesOf(order) };
      return ask(
        (done) => shipping.scheduleShipment(request, metadata, options(), done),
        () => "done",
      );
    },
    cancel: (orderId) =>
      ask(
        (done) => shipping.cancelShipment({ orderId }, metadata, options(), done),
        () => "done",
      ),
    close: () => {
      for (const client of [inventory, payments, shipping]) client.close();
      child.disconnect();
    },
  };
}

/** The port that it listens on, told once it does. */
async function portOf(child: ChildProcess): Promise<number> {
  try {
    const [{ port }] = await once(child, "message", { signal: AbortSignal.timeout(startLimitMs) });
    return port;
  } catch (err) {
    child.kill();
    throw new Error("the participants did not start", { cause: err });
  }
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
