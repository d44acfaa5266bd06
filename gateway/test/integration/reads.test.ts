import { AppError } from "@shop/platform/errors";
import { productDocument, productPage, sagaDocument } from "../../src/domain/documents.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { lamp, orderId, productId } from "../_neighbours.ts";

describe("reads", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const user = () => ({ headers: { authorization: `Bearer ${gateway.tokens.userToken()}` } });

  it("reads an order", async () => {
    const { status, body } = await gateway.get(`/api/orders/${orderId}`, user());

    expect(status).toBe(200);
    expect(body).toMatchObject({ id: orderId, status: "Completed" });
  });

  it("reads a saga with its history in words", async () => {
    const { status, body } = await gateway.get(`/api/orders/${orderId}/saga`, user());

    expect(status).toBe(200);
    expect(sagaDocument.safeParse(body).success).toBe(true);
    expect(body).toMatchObject({ orderId, status: "Compensated", currentStep: "ProcessPayment" });
    expect(body.history).toEqual([
      { step: "ReserveInventory", status: "Completed", message: "", attempt: 1, timestamp: "2026-01-31T09:30:00.000Z" },
      { step: "ProcessPayment", status: "Refused", message: "declined", attempt: 1, timestamp: expect.any(String) },
      { step: "ReleaseInventory", status: "Running", message: "", attempt: 3, timestamp: expect.any(String) },
    ]);
  });

  it("asks again when a read fails on its way", async () => {
    let calls = 0;
    const { onGetOrder } = gateway.neighbours;
    gateway.neighbours.onGetOrder = (id) => {
      calls += 1;
      if (calls === 1) throw new AppError("UNAVAILABLE", "Not now.");
      return onGetOrder(id);
    };

    await expect(gateway.get(`/api/orders/${orderId}`, user())).resolves.toMatchObject({ status: 200 });
    expect(calls).toBe(2);
  });

  it("lists products to anybody, page by page", async () => {
    const asked: unknown[] = [];
    gateway.neighbours.onListProducts = (...page) => {
      asked.push(page);
      return { products: [lamp], nextPageToken: "more" };
    };

    const { status, body } = await gateway.get("/api/products?pageSize=20&pageToken=abc");

    expect(status).toBe(200);
    expect(productPage.safeParse(body).success).toBe(true);
    expect(body).toEqual({
      products: [
        {
          id: productId,
          sku: "LAMP-01",
          name: "Desk lamp",
          price: { amount: "39.00", currency: "USD" },
          available: 250,
        },
      ],
      nextPageToken: "more",
    });
    await gateway.get("/api/products");
    expect(asked).toEqual([
      [20, "abc"],
      [0, ""],
    ]);
  });

  it.each([
    ["pageSize=0", "pageSize"],
    ["pageSize=1001", "pageSize"],
    ["pageSize=ten", "pageSize"],
    ["page_size=10", "page_size"],
  ])("refuses ?%s by name", async (query, field) => {
    const { status, body } = await gateway.get(`/api/products?${query}`);

    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "VALIDATION_FAILED", errors: [{ field }] });
  });

  it("reads one product, and answers 404 where there is none", async () => {
    const found = await gateway.get(`/api/products/${productId}`);
    const missing = await gateway.get(`/api/products/${orderId}`);

    expect(found.status).toBe(200);
    expect(productDocument.safeParse(found.body).success).toBe(true);
    expect(missing.status).toBe(404);
    expect(missing.body.code).toBe("NOT_FOUND");
  });
});
