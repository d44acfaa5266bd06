import { eventually } from "@shop/testkit/eventually";
import { type LocalOrders, startLocalOrders } from "./_local-orders.ts";
import { type Neighbours, openNeighbours, type Participant } from "./_neighbours.ts";
import { expectStanding, hasty, placeParked } from "./_parking.ts";
import { FAR } from "./_shop.ts";

let neighbours: Neighbours;
const running: LocalOrders[] = [];

async function start(variables: NodeJS.ProcessEnv = {}): Promise<LocalOrders> {
  const orders = await startLocalOrders(neighbours, { variables: { ...hasty, ...variables } });
  running.push(orders);
  return orders;
}

/** The inventory takes the orders for overdue by its own clock, whatever the order service is told. */
const shortHold = { SAGA_TIMEOUT_SECONDS: "1", RESERVATION_TTL_SECONDS: "2", RESERVATION_SWEEP_SECONDS: "1" };

async function open(variables: NodeJS.ProcessEnv = {}): Promise<void> {
  neighbours = await openNeighbours(variables);
}

afterEach(async () => {
  for (const orders of running.splice(0)) await orders.stop();
  await neighbours?.close();
}, 60_000);

test.each<[Participant, string, string, string]>([
  ["inventory", "Submitted", "ValidateInventory", "Completed"],
  ["payments", "InventoryReserved", "ProcessPayment", "Completed"],
  ["shipping", "PaymentProcessed", "ScheduleShipment", "Completed"],
])("an order waits for the %s and is completed when it is back", async (name, order, step, end) => {
  await open();
  const orders = await start();
  await neighbours.stop(name);
  const orderId = await placeParked(orders);
  await expectStanding(neighbours, orderId, { order, saga: "Parked", step, letters: [`${step} Open`] });
  await neighbours.start(name);
  await expectStanding(neighbours, orderId, { order: end, saga: end, failure: null, letters: [`${step} WorkedOff`] });
  expect(await neighbours.faults()).toEqual([]);
});

test("an order that waits for the shipment for too long is turned round, and refunded", async () => {
  await open();
  const orders = await start({ SAGA_GIVE_UP_SECONDS: "1" });
  await neighbours.stop("shipping");
  const orderId = await placeParked(orders);
  await expectStanding(neighbours, orderId, { order: "Failed", saga: "Compensating", step: "CancelShipment" });
  await neighbours.start("shipping");
  await expectStanding(neighbours, orderId, {
    saga: "Compensated",
    failure: "STEP_EXHAUSTED",
    letters: ["ScheduleShipment Kept", "CancelShipment WorkedOff"],
  });
  expect((await neighbours.books()).orders).toMatchObject([{ charges: 1, refunds: 1 }]);
  expect(await neighbours.faults()).toEqual([]);
});

test("an order that waits for the stock is turned round by its timeout, with nothing to undo", async () => {
  await open();
  const orders = await start({ SAGA_TIMEOUT_SECONDS: "3", SAGA_GIVE_UP_SECONDS: "1" });
  await neighbours.stop("inventory");
  const orderId = await placeParked(orders);
  await expectStanding(neighbours, orderId, {
    order: "Failed",
    saga: "Failed",
    failure: "SAGA_TIMEOUT",
    letters: ["ValidateInventory Kept"],
  });
  expect(await orders.metric("saga_timeouts_total")).toBe(1);
  expect(await neighbours.faults()).toEqual([]);
});

test("the timeout turns an order that waits for its payment", async () => {
  await open();
  const orders = await start({ SAGA_TIMEOUT_SECONDS: "3" });
  await neighbours.stop("payments");
  const orderId = await placeParked(orders);
  await expectStanding(neighbours, orderId, { order: "Failed", failure: "SAGA_TIMEOUT", step: "RefundPayment" });
  await neighbours.start("payments");
  await expectStanding(neighbours, orderId, { saga: "Compensated" });
  expect((await neighbours.books()).orders).toMatchObject([{ charges: 0, reservation: "RELEASED" }]);
  expect(await neighbours.faults()).toEqual([]);
});

test("an undo is asked for again and again while its participant is away, one dead letter for all of it", async () => {
  await open();
  const orders = await start({ SAGA_GIVE_UP_SECONDS: "1" });
  await neighbours.stop("shipping");
  const orderId = await placeParked(orders);
  await expectStanding(neighbours, orderId, { step: "CancelShipment", saga: "Compensating", order: "Failed" });
  await neighbours.stop("payments");
  await neighbours.start("shipping");
  await expectStanding(neighbours, orderId, { step: "RefundPayment", saga: "Compensating" });
  const attempts = async () => {
    const sql = "SELECT attempts FROM saga_dead_letters WHERE step = 'RefundPayment'";
    return (await neighbours.query<{ attempts: number }>("orders", sql))[0]?.attempts ?? 0;
  };
  await eventually(async () => (await attempts()) > 0, { timeoutMs: 20_000 });
  const earlier = await attempts();
  await eventually(async () => (await attempts()) > earlier, { timeoutMs: 40_000 });
  await neighbours.start("payments");
  await expectStanding(neighbours, orderId, {
    saga: "Compensated",
    letters: ["ScheduleShipment Kept", "CancelShipment WorkedOff", "RefundPayment WorkedOff"],
  });
  expect(await neighbours.faults()).toEqual([]);
});

/** Waits until the order's shipment is scheduled and its sale cannot be told. */
async function atPivot(orders: LocalOrders): Promise<string> {
  await neighbours.stop("shipping");
  const orderId = await placeParked(orders);
  await neighbours.stop("inventory");
  await neighbours.start("shipping");
  await expectStanding(neighbours, orderId, {
    order: "PaymentProcessed",
    saga: "Parked",
    step: "CommitInventory",
  });
  return orderId;
}

test("a sale that cannot be told is tried until it can, whatever the timeout says", async () => {
  await open();
  const orders = await start({ SAGA_TIMEOUT_SECONDS: "12" });
  const orderId = await atPivot(orders);
  const sql = "SELECT now() - created_at > interval '12.5 seconds' AS overdue FROM order_sagas";
  await eventually(async () => (await neighbours.query<{ overdue: boolean }>("orders", sql))[0]?.overdue ?? false, {
    timeoutMs: 20_000,
  });
  await expectStanding(neighbours, orderId, { saga: "Parked", step: "CommitInventory", order: "PaymentProcessed" });
  await neighbours.start("inventory");
  await expectStanding(neighbours, orderId, { order: "Completed", failure: null });
  expect(await neighbours.faults()).toEqual([]);
});

test("a sale that cannot be told is told by the order service that is started next", async () => {
  await open();
  const first = await start();
  const orderId = await atPivot(first);
  await running.pop()?.stop();
  await start();
  await neighbours.start("inventory");
  await expectStanding(neighbours, orderId, {
    order: "Completed",
    letters: ["ScheduleShipment WorkedOff", "CommitInventory WorkedOff"],
  });
  expect(await neighbours.faults()).toEqual([]);
});

test("an order whose reservation has lapsed is not sold: its shipment is cancelled and its payment given back", async () => {
  await open(shortHold);
  const orders = await start();
  await neighbours.stop("shipping");
  const orderId = await placeParked(orders);
  const sql = "SELECT status FROM reservations WHERE order_id = $1";
  await eventually(
    async () => expect(await neighbours.query("inventory", sql, [orderId])).toEqual([{ status: "EXPIRED" }]),
    { timeoutMs: 20_000 },
  );
  await neighbours.start("shipping");
  await expectStanding(neighbours, orderId, { order: "Failed", saga: "Compensated", failure: "STEP_EXHAUSTED" });
  expect((await neighbours.books()).orders).toMatchObject([
    { charges: 1, refunds: 1, shipment: "CANCELLED", reservation: "EXPIRED" },
  ]);
  expect(await neighbours.faults()).toEqual([]);
});

test("an order that is refused leaves no dead letter", async () => {
  await open();
  const orders = await start();
  await orders.place({ shippingAddress: FAR });
  await eventually(async () => expect((await neighbours.books()).orders).toMatchObject([{ refunds: 1 }]));
  expect(await neighbours.query("orders", "SELECT step FROM saga_dead_letters")).toEqual([]);
});
