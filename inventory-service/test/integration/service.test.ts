import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { ReservationStatus } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { tamper } from "@shop/testkit/identity";
import { demoProduct, line, orderId, type RunningService, runService } from "../_running-service.ts";

let service: RunningService;
beforeAll(async () => {
  service = await runService();
});
afterAll(() => service.close());

async function available(product: number): Promise<number | undefined> {
  const { product: found } = await service.client.getProduct({ productId: demoProduct(product) }, service.as(""));
  return found?.available;
}

async function errorOf(call: Promise<unknown>): Promise<AppError> {
  try {
    await call;
  } catch (err) {
    if (err instanceof AppError) return err;
    throw err;
  }
  throw new Error("the call succeeded");
}

test("shows the fixed metrics at 0 before anything happens", async () => {
  for (const name of ["inventory_check_total", "inventory_reserved_total", "inventory_shortage_total"]) {
    expect(await service.metric(name)).toBe(0);
  }
});

describe("the catalogue", () => {
  test("is open to everybody and comes page by page in the order of the skus", async () => {
    const skus: string[] = [];
    let pageToken = "";
    do {
      const page = await service.client.listProducts({ pageSize: 10, pageToken }, service.as(""));
      expect(page.products.length).toBeLessThanOrEqual(10);
      skus.push(...page.products.map(({ sku }) => sku));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(skus).toHaveLength(24);
    expect(skus).toEqual(skus.toSorted());
    const whole = await service.client.listProducts({ pageSize: 0, pageToken: "" }, service.as(""));
    expect(whole.products.map(({ sku }) => sku)).toEqual(skus);
    expect(whole.nextPageToken).toBe("");
  });

  test("gives one product, and NOT_FOUND for one that it does not have", async () => {
    const { product } = await service.client.getProduct({ productId: demoProduct(1).toUpperCase() }, service.as(""));
    expect(product).toEqual({
      id: demoProduct(1),
      sku: "AUD-001",
      name: "Wireless Headphones",
      price: { currencyCode: "USD", units: 129n, nanos: 990_000_000 },
      available: 500,
    });
    const missing = await errorOf(service.client.getProduct({ productId: randomUUID() }, service.as("")));
    expect(missing.code).toBe("NOT_FOUND");
  });
});

describe("an order", () => {
  test("is checked, reserved and sold, each step once however often it is asked for", async () => {
    const { client, as } = service;
    const request = { orderId: orderId(), lines: [line(4, 2, 89_95), line(17, 3)] };
    const before = {
      checks: await service.metric("inventory_check_total"),
      reserved: await service.metric("inventory_reserved_total"),
    };
    expect(await client.checkAvailability(request, as())).toEqual({ refusal: undefined });
    const first = await client.reserveInventory(request, as());
    expect(first.outcome).toMatchObject({
      $case: "reservation",
      value: {
        orderId: request.orderId,
        status: ReservationStatus.RESERVATION_STATUS_HELD,
        lines: [
          { productId: demoProduct(4), name: "Mechanical Keyboard", quantity: 2, unitPrice: { units: 89n } },
          {
            productId: demoProduct(17),
            name: "Ceramic Mug",
            quantity: 3,
            unitPrice: { units: 12n, nanos: 500_000_000 },
          },
        ],
        totalAmount: { currencyCode: "USD", units: 217n, nanos: 400_000_000 },
        expiresAt: expect.any(Date),
      },
    });
    expect(await client.reserveInventory(request, as())).toEqual(first);
    expect(await client.checkAvailability(request, as())).toEqual({ refusal: undefined });
    expect(await available(4)).toBe(598);

    const sold = await client.commitInventory({ orderId: request.orderId }, as());
    expect(sold.reservation?.status).toBe(ReservationStatus.RESERVATION_STATUS_COMMITTED);
    expect(sold.reservation?.totalAmount).toEqual({ currencyCode: "USD", units: 217n, nanos: 400_000_000 });
    expect(await client.commitInventory({ orderId: request.orderId }, as())).toEqual(sold);
    expect(await available(4)).toBe(598);
    const tooLate = await errorOf(client.releaseInventory({ orderId: request.orderId }, as()));
    expect(tooLate).toMatchObject({ code: "FAILED_PRECONDITION", reason: "COMMITTED" });
    expect(await service.metric("inventory_check_total")).toBe((before.checks ?? 0) + 2);
    expect(await service.metric("inventory_reserved_total")).toBe((before.reserved ?? 0) + 1);
  });

  test("gives its units back when it is released, and a late request to hold them is refused", async () => {
    const { client, as } = service;
    const request = { orderId: orderId(), lines: [line(5, 10)] };
    await client.reserveInventory(request, as());
    expect(await available(5)).toBe(790);
    const released = { status: ReservationStatus.RESERVATION_STATUS_RELEASED };
    expect(await client.releaseInventory({ orderId: request.orderId }, as())).toEqual(released);
    expect(await client.releaseInventory({ orderId: request.orderId }, as())).toEqual(released);
    expect(await available(5)).toBe(800);
    const undone = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
    expect(await errorOf(client.reserveInventory(request, as()))).toMatchObject(undone);
    expect(await errorOf(client.checkAvailability(request, as()))).toMatchObject(undone);
    expect(await errorOf(client.commitInventory({ orderId: request.orderId }, as()))).toMatchObject(undone);
  });

  test("that was never reserved leaves a tombstone when it is released, and cannot be sold", async () => {
    const { client, as } = service;
    const request = { orderId: orderId(), lines: [line(5, 1)] };
    const notReserved = await errorOf(client.commitInventory({ orderId: request.orderId }, as()));
    expect(notReserved).toMatchObject({ code: "FAILED_PRECONDITION", reason: "NOT_RESERVED" });
    await client.releaseInventory({ orderId: request.orderId }, as());
    const late = await errorOf(client.reserveInventory(request, as()));
    expect(late).toMatchObject({ code: "FAILED_PRECONDITION", reason: "UNDONE" });
  });

  test("is refused with other lines under the same id", async () => {
    const { client, as } = service;
    const id = orderId();
    await client.reserveInventory({ orderId: id, lines: [line(5, 1)] }, as());
    const other = await errorOf(client.reserveInventory({ orderId: id, lines: [line(5, 2)] }, as()));
    expect(other.code).toBe("VALIDATION_FAILED");
    expect(other.violations).toEqual([{ field: "lines", message: expect.any(String) }]);
  });

  const refusals = [
    { name: "sold out", lines: [line(22, 1)], code: "OUT_OF_STOCK" },
    { name: "one line of two short", lines: [line(5, 1), line(23, 4)], code: "OUT_OF_STOCK" },
    { name: "an unknown product", lines: [line(99, 1)], code: "UNKNOWN_PRODUCT" },
    { name: "another price", lines: [line(1, 1, 99_99)], code: "PRICE_CHANGED" },
    { name: "the sandbox's unlucky id", id: "0", lines: [line(1, 1)], code: "OUT_OF_STOCK" },
  ];
  test.each(refusals)("is refused all of it for $name, the same way again", async ({ id = "7", lines, code }) => {
    const { client, as } = service;
    const request = { orderId: orderId().slice(0, -1) + id, lines };
    const before = (await service.metric("inventory_shortage_total")) ?? 0;
    const stockBefore = await available(5);
    expect((await client.checkAvailability(request, as())).refusal?.code).toBe(code);
    const refused = await client.reserveInventory(request, as());
    expect(refused.outcome).toMatchObject({ $case: "refusal", value: { code } });
    expect(await client.reserveInventory(request, as())).toEqual(refused);
    expect((await client.checkAvailability(request, as())).refusal).toEqual(refused.outcome?.value);
    expect(await available(5)).toBe(stockBefore);
    expect(await service.metric("inventory_shortage_total")).toBe(before + (code === "OUT_OF_STOCK" ? 2 : 0));
  });
});

describe("the stock", () => {
  const adjust = (change: object, role = "Admin") => {
    const request = { adjustmentId: randomUUID(), productId: demoProduct(22), delta: 5, reason: "delivery", ...change };
    return service.client.adjustStock(request, service.as(service.identity.userToken({ role })));
  };

  test("is adjusted once by an Admin, however often it is asked for", async () => {
    const adjustmentId = randomUUID();
    expect((await adjust({ adjustmentId })).product?.available).toBe(5);
    expect((await adjust({ adjustmentId })).product?.available).toBe(5);
    expect(await available(22)).toBe(5);
    const less = await errorOf(adjust({ delta: -6 }));
    expect(less).toMatchObject({ code: "FAILED_PRECONDITION", reason: "INSUFFICIENT_STOCK" });
    expect((await errorOf(adjust({ adjustmentId, delta: 6 }))).violations).toMatchObject([{ field: "adjustment_id" }]);
    expect((await errorOf(adjust({ productId: randomUUID() }))).code).toBe("NOT_FOUND");
  });

  test("is adjusted by nobody else", async () => {
    expect((await errorOf(adjust({}, "operator"))).code).toBe("PERMISSION_DENIED");
    expect((await errorOf(adjust({}, "customer"))).code).toBe("PERMISSION_DENIED");
  });
});

describe("the door", () => {
  const reserve = (token: string) =>
    errorOf(service.client.reserveInventory({ orderId: orderId(), lines: [line(1, 1)] }, service.as(token)));

  test("keeps users, other scopes and bad tokens out of what only services may do", async () => {
    const { identity, client, as } = service;
    const user = identity.userToken({ role: "Admin" });
    const id = { orderId: orderId() };
    const participants = [
      client.checkAvailability({ ...id, lines: [line(1, 1)] }, as(user)),
      client.reserveInventory({ ...id, lines: [line(1, 1)] }, as(user)),
      client.commitInventory(id, as(user)),
      client.releaseInventory(id, as(user)),
    ];
    for (const call of participants) expect((await errorOf(call)).code).toBe("PERMISSION_DENIED");
    expect((await reserve(identity.serviceToken({ scopes: ["payments"] }))).code).toBe("PERMISSION_DENIED");
    expect((await reserve("")).code).toBe("UNAUTHENTICATED");
    expect((await reserve(identity.expiredToken())).code).toBe("UNAUTHENTICATED");
    const tampered = tamper(identity.serviceToken({ scopes: ["payments"] }), { scope: "inventory" });
    expect((await reserve(tampered)).code).toBe("UNAUTHENTICATED");
  });

  test("keeps a service's token from adjusting the stock", async () => {
    const request = { adjustmentId: randomUUID(), productId: demoProduct(1), delta: 1, reason: "" };
    expect((await errorOf(service.client.adjustStock(request, service.as()))).code).toBe("PERMISSION_DENIED");
  });

  test("is ready while the database answers", async () => {
    const answer = await fetch(`http://127.0.0.1:${service.context.ports.ops}/health/ready`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: "ok", checks: { database: { status: "ok" } } });
  });
});
