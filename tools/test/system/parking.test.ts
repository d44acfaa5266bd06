import { readConfig as readGatewayConfig } from "@shop/gateway/config";
import { createContext as createGateway } from "@shop/gateway/context";
import { silentLog } from "@shop/platform/logging";
import { aliceId } from "@shop/testkit/identity";
import { LAMP } from "./_fates.ts";
import { type LocalOrders, startLocalOrders } from "./_local-orders.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";
import { expectStanding, hasty, placeParked } from "./_parking.ts";
import { HOME } from "./_shop.ts";

jest.setTimeout(90_000);

let neighbours: Neighbours;
let orders: LocalOrders;

beforeAll(async () => {
  neighbours = await openNeighbours();
  orders = await startLocalOrders(neighbours, { variables: { ...hasty, SAGA_GIVE_UP_SECONDS: "3" } });
}, 60_000);

afterAll(async () => {
  await orders?.stop();
  await neighbours?.close();
}, 60_000);

/** Places an order at the REST door. */
async function postOrder(): Promise<{ status: number; body: Record<string, unknown> }> {
  const { IDENTITY_URL, TOKEN_ISSUER, INVENTORY_ADDRESS } = neighbours.variables;
  const gateway = await createGateway(
    readGatewayConfig({
      ...{ IDENTITY_URL, TOKEN_ISSUER, INVENTORY_ADDRESS },
      HTTP_PORT: "0",
      OPS_PORT: "0",
      ORDERS_ADDRESS: `127.0.0.1:${orders.grpc}`,
    }),
    { log: silentLog() },
  );
  await gateway.start();
  try {
    const response = await fetch(`http://127.0.0.1:${gateway.ports.http}/api/orders`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${neighbours.identity.userToken({ userId: aliceId })}`,
      },
      body: JSON.stringify({ items: [{ productId: LAMP, quantity: 1 }], shippingAddress: HOME }),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } finally {
    await gateway.close();
  }
}

test("an order whose participant is away is answered with 202 at the REST door, and completed when it is back", async () => {
  await neighbours.stop("payments");
  const { status, body } = await postOrder();
  expect([status, body.status]).toEqual([202, "InventoryReserved"]);
  const orderId = String(body.id);
  await expectStanding(neighbours, orderId, {
    saga: "Parked",
    step: "ProcessPayment",
    letters: ["ProcessPayment Open"],
  });
  expect(await orders.metric("saga_parked")).toBe(1);

  await neighbours.start("payments");
  await expectStanding(neighbours, orderId, { order: "Completed", letters: ["ProcessPayment WorkedOff"] });
  expect(await neighbours.faults()).toEqual([]);
});

test("an undo that cannot be done is alarmed, retried, and done when it can be", async () => {
  await neighbours.stop("payments");
  const orderId = await placeParked(orders);
  // It is given up after a while, and may have been charged: the refund is asked of who is still away.
  await expectStanding(neighbours, orderId, {
    order: "Failed",
    saga: "Compensating",
    step: "RefundPayment",
    failure: "STEP_EXHAUSTED",
    letters: ["ProcessPayment Kept", "RefundPayment Open"],
  });
  // Every further attempt counts too.
  expect(await orders.metric("saga_undos_exhausted_total", { step: "RefundPayment" })).toBeGreaterThanOrEqual(1);
  expect(orders.logged).toContainEqual(
    expect.objectContaining({ "log.level": "error", message: "undo exhausted: it is retried until it is done" }),
  );

  await neighbours.start("payments");
  await expectStanding(neighbours, orderId, {
    saga: "Compensated",
    letters: ["ProcessPayment Kept", "RefundPayment WorkedOff"],
  });
  expect(await neighbours.faults()).toEqual([]);
});
