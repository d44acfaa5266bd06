import { AppError } from "@shop/platform/errors";
import { ListOrdersRequest } from "@shop/protos/gen/shop/orders/v1/orders";
import { parseListOrders } from "./list-orders.ts";

const ALICE = "01900000-0000-7000-8000-00000000a11c";
const BOB = "01900000-0000-7000-8000-000000000b0b";

function parse(request: Partial<ListOrdersRequest>) {
  return parseListOrders(ListOrdersRequest.fromPartial(request), ALICE);
}

function faultsOf(request: Partial<ListOrdersRequest>): string[] {
  try {
    parse(request);
    return [];
  } catch (err) {
    return err instanceof AppError ? (err.violations ?? []).map(({ field }) => field) : ["not an AppError"];
  }
}

/** The token of a page after which there is another. */
function tokenFor(userId: string): string {
  const { page } = parse({ userId, pageSize: 1 });
  return page.cut([1, 2], (row) => [String(row), ALICE]).nextPageToken;
}

test("asks for the caller's own orders, 20 at a time, where nothing else is said", () => {
  const { userId, page } = parse({});

  expect(userId).toBe(ALICE);
  expect(page).toMatchObject({ limit: 21, after: undefined });
});

test("takes a user's id in any case, and a dash for everybody", () => {
  expect(parse({ userId: BOB.toUpperCase() }).userId).toBe(BOB);
  expect(parse({ userId: "-" }).userId).toBeUndefined();
});

test("goes on where the page before ended", () => {
  expect(parse({ userId: BOB, pageToken: tokenFor(BOB) }).page.after).toEqual(["1", ALICE]);
  expect(parse({ pageToken: tokenFor(ALICE) }).page.after).toEqual(["1", ALICE]);
});

test("reports everything that is wrong, together", () => {
  expect(faultsOf({ userId: "bob", pageSize: -1, pageToken: "x" })).toEqual(["user_id", "page_size", "page_token"]);
});

test.each([
  ["another user's", BOB],
  ["everybody's", "-"],
])("refuses a token of %s list", (_, userId) => {
  expect(faultsOf({ pageToken: tokenFor(userId) })).toEqual(["page_token"]);
});
