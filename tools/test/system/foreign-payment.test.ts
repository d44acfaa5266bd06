import { createRpcClient } from "@shop/platform/grpc-client";
import { PaymentServiceService } from "@shop/protos/gen/shop/payments/v1/payments";
import { aliceId } from "@shop/testkit/identity";
import { type LocalOrders, startLocalOrders } from "./_local-orders.ts";
import { newOrderId } from "./_lost-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { expectStanding, hasty } from "./_parking.ts";

jest.setTimeout(90_000);

let neighbours: Neighbours;
let orders: LocalOrders;

beforeAll(async () => {
  neighbours = await openNeighbours();
  orders = await startLocalOrders(neighbours, { variables: { ...hasty, SAGA_GIVE_UP_SECONDS: "1" } });
}, 60_000);

afterAll(async () => {
  await orders?.stop();
  await neighbours?.close();
}, 60_000);

/** An id under which the load test's client has paid. */
async function paidByLoadTest(): Promise<string> {
  const orderId = newOrderId();
  const payments = createRpcClient(PaymentServiceService, { address: neighbours.variables.PAYMENTS_ADDRESS ?? "" });
  const token = neighbours.identity.serviceToken({ scopes: ["payments"], clientId: "load-test" });
  try {
    const amount = { currencyCode: "USD", units: 7n, nanos: 0 };
    const request = { orderId, userId: aliceId, amount, paymentMethod: "pm_ok" };
    await payments.processPayment(request, { timeoutMs: 10_000, authorization: `Bearer ${token}` });
  } finally {
    payments.close();
  }
  return orderId;
}

/** The load test's payment is as it was, and the order's books are even. */
async function expectUntouched(orderId: string): Promise<void> {
  const { strangePayments, orders: accounts } = await neighbours.books();
  expect(strangePayments.filter((payment) => payment.orderId === orderId)).toMatchObject([
    { origin: "load-test", status: "COMPLETED", charged: 700, charges: 1, refunds: 0 },
  ]);
  expect(accounts.find((account) => account.orderId === orderId)).toMatchObject({ reservation: "RELEASED" });
  expect(await neighbours.faults()).toEqual([]);
}

test("an order under whose id the load test has paid is refused its charge, and ends Failed with its stock given back", async () => {
  const orderId = await paidByLoadTest();
  await orders.place({ orderId });

  await expectStanding(neighbours, orderId, {
    order: "Failed",
    saga: "Compensated",
    failure: "STEP_EXHAUSTED",
    letters: [],
  });
  await expectUntouched(orderId);
});

test("nor does its refund wait for ever, where nobody knows whether its charge was sent", async () => {
  const orderId = await paidByLoadTest();
  await neighbours.stop("payments");
  await orders.place({ orderId });
  await expectStanding(neighbours, orderId, {
    saga: "Compensating",
    letters: ["ProcessPayment Kept", "RefundPayment Open"],
  });

  await neighbours.start("payments");
  await expectStanding(neighbours, orderId, {
    order: "Failed",
    saga: "Compensated",
    letters: ["ProcessPayment Kept", "RefundPayment WorkedOff"],
  });
  await expectUntouched(orderId);
});
