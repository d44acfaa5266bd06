import { OrderStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type Cut, type CuttingProxy, openCuttingProxy } from "./_cutting-proxy.ts";
import { fates } from "./_fates.ts";
import { type LocalOrders, startLocalOrders } from "./_local-orders.ts";
import { newOrderId, openOrders } from "./_lost-owner.ts";
import { type Neighbours, openNeighbours } from "./_neighbours.ts";

jest.setTimeout(60_000);

let neighbours: Neighbours;
let proxy: CuttingProxy;
let orders: LocalOrders;

beforeAll(async () => {
  neighbours = await openNeighbours();
  proxy = await openCuttingProxy(neighbours.databaseUrls.orders);
  orders = await startLocalOrders(neighbours, { variables: { DATABASE_URL: proxy.url } });
}, 60_000);

afterAll(async () => {
  await orders?.stop();
  await proxy?.close();
  await neighbours?.close();
}, 60_000);

const commits = [
  ["the intent of a good order", fates.good, 1],
  ["the end of a good order", fates.good, 2],
  ["the turn of an order", fates.undone, 2],
  ["the end of an order that was undone", fates.undone, 3],
] as const;
const cuts: readonly Cut[] = ["landed", "lost", "late"];

const cases = cuts.flatMap((cut) => commits.map(([what, fate, nth]) => ({ cut, what, fate, nth })));

// What comes late takes long; which commit it is makes no difference to that.
test.each(cases.filter(({ cut, fate }) => cut !== "late" || fate.status === "Completed"))(
  "a commit of unknown outcome ($cut): $what",
  async ({ cut, fate, nth }) => {
    const orderId = newOrderId();
    const cutsBefore = proxy.cuts;
    proxy.arm("journal", cut, nth);
    const { order } = await orders.place({ orderId, ...fate.request });
    expect(proxy.cuts).toBe(cutsBefore + 1);
    const status = { Completed: OrderStatus.ORDER_STATUS_COMPLETED, Failed: OrderStatus.ORDER_STATUS_FAILED };
    expect(order?.status).toBe(status[fate.status]);
    await eventually(async () => expect(await openOrders(neighbours, [orderId])).toEqual([]), { timeoutMs: 20_000 });
    const account = (await neighbours.books()).orders.find((each) => each.orderId === orderId);
    expect(account).toMatchObject({ charges: 1, refunds: fate.status === "Completed" ? 0 : 1 });
    expect(await eventsOf(orderId)).toEqual(["domain.order.OrderCreated", `domain.order.Order${fate.status}`]);
    // Who finds out what became of its commit goes on by itself and tells the end; one that took itself for replaced would
    // not, or would find the saga among its own later.
    await eventually(() => expect(ownershipOf(orderId)).toEqual(["saga finished"]));
    expect(await neighbours.faults()).toEqual([]);
  },
);

/** What the order service has logged of who runs the order's saga, and of its end. */
function ownershipOf(orderId: string): unknown[] {
  const logged = orders.logged.filter((line) => line["labels.order_id"] === orderId).map(({ message }) => message);
  return logged.filter((message) => message === "saga claimed" || message === "saga finished");
}

async function eventsOf(orderId: string): Promise<string[]> {
  const sql = "SELECT type FROM outbox WHERE payload ->> 'orderId' = $1 ORDER BY occurred_at";
  return (await neighbours.query<{ type: string }>("orders", sql, [orderId])).map(({ type }) => type);
}
