import { randomUUID } from "node:crypto";
import { ListOrdersRequest, OrderStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId, bobId } from "@shop/testkit/identity";
import { type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

let fixture: OrderTest;
let service: RunningService;
/** In the order in which they were placed. */
const placed: { readonly id: string; readonly userId: string }[] = [];

beforeAll(async () => {
  fixture = await openOrderTest();
  service = await fixture.start(willingParticipants());
  for (const userId of [aliceId, bobId, aliceId, bobId, aliceId]) {
    const { order } = await service.place({}, { authorization: tokenOf(userId) });
    placed.push({ id: order?.id ?? "", userId });
  }
});

afterAll(() => fixture.close());

function tokenOf(userId: string, role?: "operator" | "Admin"): string {
  return `Bearer ${fixture.identity.userToken({ userId, role })}`;
}

function list(request: Partial<ListOrdersRequest>, authorization: string) {
  return service.orders.listOrders(ListOrdersRequest.fromPartial(request), { authorization, timeoutMs: 10_000 });
}

function idsOf(...userIds: string[]): string[] {
  return placed
    .filter(({ userId }) => userIds.includes(userId))
    .map(({ id }) => id)
    .reverse();
}

test("lists the caller's own orders, the newest first", async () => {
  const { orders, nextPageToken } = await list({}, tokenOf(aliceId));

  expect(orders.map(({ id }) => id)).toEqual(idsOf(aliceId));
  expect(orders[0]).toMatchObject({ userId: aliceId, status: OrderStatus.ORDER_STATUS_COMPLETED, failure: undefined });
  expect(orders[0]?.totalAmount).toEqual({ currencyCode: "USD", units: 5n, nanos: 0 });
  expect(nextPageToken).toBe("");
});

test.each(["operator", "Admin"] as const)("an %s reads anybody's, everybody's, and nobody's", async (role) => {
  const token = tokenOf(randomUUID(), role);

  expect((await list({ userId: bobId }, token)).orders.map(({ id }) => id)).toEqual(idsOf(bobId));
  expect((await list({ userId: "-" }, token)).orders.map(({ id }) => id)).toEqual(idsOf(aliceId, bobId));
  expect(await list({ userId: randomUUID() }, token)).toEqual({ orders: [], nextPageToken: "" });
  expect(await list({}, token)).toEqual({ orders: [], nextPageToken: "" });
});

test("goes from page to page, whatever is placed meanwhile", async () => {
  const token = tokenOf(randomUUID(), "operator");
  const ids: string[] = [];
  let pageToken = "";
  do {
    const page = await list({ userId: bobId, pageSize: 1, pageToken }, token);
    ids.push(...page.orders.map(({ id }) => id));
    pageToken = page.nextPageToken;
    if (ids.length === 1) await service.place({}, { authorization: tokenOf(bobId) });
  } while (pageToken !== "");

  expect(ids).toEqual(idsOf(bobId));
});

test("another user's orders are not found, whether or not there is such a user", async () => {
  for (const userId of [bobId, randomUUID()]) {
    await expect(list({ userId }, tokenOf(aliceId))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `There is no user ${userId}.`,
    });
  }
});

test("a customer may not list everybody's", async () => {
  await expect(list({ userId: "-" }, tokenOf(aliceId))).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
});

test("names every field that is wrong, a token of another user's list among them", async () => {
  const token = tokenOf(randomUUID(), "operator");
  const { nextPageToken } = await list({ userId: aliceId, pageSize: 1 }, token);
  expect(nextPageToken).not.toBe("");

  await expect(list({ userId: bobId, pageSize: -1, pageToken: nextPageToken }, token)).rejects.toMatchObject({
    code: "VALIDATION_FAILED",
    violations: [
      { field: "page_size", message: "must not be negative" },
      { field: "page_token", message: "must come from an earlier answer to the same request" },
    ],
  });
});
