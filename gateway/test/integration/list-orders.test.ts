import { AppError, validationFailed } from "@shop/platform/errors";
import type { ListOrdersRequest } from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId } from "@shop/testkit/identity";
import { orderPage } from "../../src/domain/documents.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, wireOrder } from "../_neighbours.ts";

describe("GET /api/orders/user/{userId}", () => {
  let gateway: TestGateway;
  let asked: ListOrdersRequest[];
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    asked = [];
    gateway.neighbours.onListOrders = (request) => {
      asked.push(request);
      return { orders: [wireOrder()], nextPageToken: "more" };
    };
  });

  const user = () => ({ headers: { authorization: `Bearer ${gateway.tokens.userToken()}` } });

  it("answers a page of the user's orders", async () => {
    const { status, headers, body } = await gateway.get(`/api/orders/user/${aliceId.toUpperCase()}`, user());

    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(orderPage.safeParse(body).success).toBe(true);
    expect(body).toMatchObject({ orders: [{ id: orderId, status: "Completed" }], nextPageToken: "more" });
    expect(asked).toEqual([{ userId: aliceId, pageSize: 0, pageToken: "" }]);
  });

  it("passes the page asked for on, and - for everybody's", async () => {
    await gateway.get("/api/orders/user/-?pageSize=500&pageToken=abc", user());

    expect(asked).toEqual([{ userId: "-", pageSize: 500, pageToken: "abc" }]);
  });

  it.each([
    ["pageSize=0", "pageSize", "from 1"],
    ["pageSize=-1", "pageSize", "from 1"],
    ["pageSize=1.5", "pageSize", "an integer"],
    ["pageSize=1&pageSize=2", "pageSize", "once"],
    ["pageToken=a&pageToken=b", "pageToken", "once"],
    [`pageToken=${"x".repeat(1_001)}`, "pageToken", "1000"],
    ["page_token=a", "page_token", "not a known field"],
    ["status=Completed", "status", "not a known field"],
  ])("refuses ?%s by name", async (query, field, part) => {
    const { status, body } = await gateway.get(`/api/orders/user/${aliceId}?${query}`, user());

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ field }] });
    expect(body.errors).toHaveLength(1);
    expect(body.errors[0].message).toContain(part);
    expect(asked).toEqual([]);
  });

  it("refuses a user who is no UUID by name", async () => {
    const { status, body } = await gateway.get("/api/orders/user/alice", user());

    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: "userId", message: expect.stringContaining("UUID") }]);
  });

  it("names a token that the order service does not know as the query has it", async () => {
    gateway.neighbours.onListOrders = () => {
      throw validationFailed([{ field: "page_token", message: "is not one of ours" }]);
    };

    const { status, body } = await gateway.get(`/api/orders/user/${aliceId}?pageToken=x`, user());

    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: "pageToken", message: "is not one of ours" }]);
  });

  it("answers another user's orders as if there were none", async () => {
    gateway.neighbours.onListOrders = () => {
      throw new AppError("NOT_FOUND", "There is no such user.");
    };

    await expect(gateway.get(`/api/orders/user/${orderId}`, user())).resolves.toMatchObject({
      status: 404,
      body: { code: "NOT_FOUND" },
    });
  });
});
