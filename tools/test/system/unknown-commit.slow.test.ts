import { openCuttingProxy } from "./_cutting-proxy.ts";
import { startLocalOrders } from "./_local-orders.ts";
import { openNeighbours } from "./_neighbours.ts";
import { expectStanding, hasty, placeParked } from "./_parking.ts";

/** The answer to one statement by itself that has changed one row: a claim. */
const claimedOne = "UPDATE 1\0Z\0\0\0\x05I";

test("a process that never hears of what it has claimed finds it among its own", async () => {
  const neighbours = await openNeighbours();
  const proxy = await openCuttingProxy(neighbours.databaseUrls.orders);
  const variables = { ...hasty, SAGA_OWNER_LOST_AFTER_MS: "2000", DATABASE_URL: proxy.url };
  const orders = await startLocalOrders(neighbours, { variables });
  try {
    await neighbours.stop("payments");
    const orderId = await placeParked(orders);
    proxy.armAnswer("journal", claimedOne);
    await neighbours.start("payments");
    await expectStanding(neighbours, orderId, { order: "Completed", saga: "Completed" });
    expect(proxy.cuts).toBe(1);
    const claims = orders.logged.filter(({ message }) => message === "saga claimed");
    expect(claims.at(-1)).toMatchObject({ "labels.reason": "lost" });
    expect(await neighbours.faults()).toEqual([]);
  } finally {
    await orders.stop();
    await proxy.close();
    await neighbours.close();
  }
});
