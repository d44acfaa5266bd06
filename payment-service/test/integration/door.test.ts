import { createLog, silentLog } from "@shop/platform/logging";
import { createPool } from "@shop/platform/postgres";
import { goodRequest, type RunningService, runPaymentService } from "./_running-service.ts";

let service: RunningService;
const lines: string[] = [];

beforeAll(async () => {
  const log = createLog({
    service: "payment-service",
    level: "trace",
    destination: { write: (line) => lines.push(line) },
  });
  service = await runPaymentService({ overrides: { log } });
});

afterAll(() => service.close());

describe("a caller who may not", () => {
  const calls = [
    ["ProcessPayment", (options: Options) => service.client.processPayment(goodRequest(), options)],
    ["RefundPayment", (options: Options) => service.client.refundPayment({ orderId: goodRequest().orderId }, options)],
    ["GetPayment", (options: Options) => service.client.getPayment({ orderId: goodRequest().orderId }, options)],
  ] as const;
  type Options = { timeoutMs: number; authorization?: string };

  test.each(calls)("is refused %s without a token", async (_, call) => {
    await expect(call({ timeoutMs: 10_000 })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  test.each(calls)("is refused %s with a user's token, even an Admin's", async (_, call) => {
    for (const role of ["customer", "operator", "Admin"]) {
      const authorization = `Bearer ${service.identity.userToken({ role })}`;
      await expect(call({ timeoutMs: 10_000, authorization })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    }
  });

  test.each(calls)("is refused %s with a service's token for another participant", async (_, call) => {
    const authorization = `Bearer ${service.identity.serviceToken({ scopes: ["inventory", "shipping"] })}`;
    await expect(call({ timeoutMs: 10_000, authorization })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

describe("a request that is not valid", () => {
  test.each([
    ["an order id that is no UUID", { orderId: "42" }, ["order_id"]],
    ["an order id with U+0000", { orderId: "0198c0de-0000-7000-8000-00000000000\u0000" }, ["order_id"]],
    ["a user id that is no UUID", { userId: "alice" }, ["user_id"]],
    ["no amount", { amount: undefined }, ["amount"]],
    ["an amount of zero", { amount: { currencyCode: "USD", units: 0n, nanos: 0 } }, ["amount"]],
    ["an amount below zero", { amount: { currencyCode: "USD", units: -1n, nanos: -10_000_000 } }, ["amount"]],
    ["nanos of more than a unit", { amount: { currencyCode: "USD", units: 1n, nanos: 1_000_000_000 } }, ["amount"]],
    ["fractions of a cent", { amount: { currencyCode: "USD", units: 1n, nanos: 1 } }, ["amount"]],
    ["signs that differ", { amount: { currencyCode: "USD", units: 1n, nanos: -10_000_000 } }, ["amount"]],
    ["no currency", { amount: { currencyCode: "", units: 1n, nanos: 0 } }, ["amount"]],
    ["a currency that is none", { amount: { currencyCode: "U\u0000D", units: 1n, nanos: 0 } }, ["amount"]],
    [
      "more than can be counted",
      { amount: { currencyCode: "USD", units: 9_223_372_036_854_775_807n, nanos: 0 } },
      ["amount"],
    ],
    ["an unknown payment method", { paymentMethod: "pm_other" }, ["payment_method"]],
    ["a payment method with U+0000", { paymentMethod: "pm_ok\u0000" }, ["payment_method"]],
    ["no payment method", { paymentMethod: "" }, ["payment_method"]],
    [
      "nothing that is right",
      { orderId: "", userId: "", amount: undefined, paymentMethod: "" },
      ["order_id", "user_id", "amount", "payment_method"],
    ],
  ])("is refused by naming the field: %s", async (_, changes, fields) => {
    const refusal = await service.client.processPayment(goodRequest(changes), service.asService()).catch((err) => err);

    expect(refusal.code).toBe("VALIDATION_FAILED");
    expect(refusal.violations.map(({ field }: { field: string }) => field)).toEqual(fields);
  });

  test("is refused by RefundPayment and GetPayment too", async () => {
    const refused = { code: "VALIDATION_FAILED", violations: [{ field: "order_id", message: "must be a UUID" }] };

    await expect(service.client.refundPayment({ orderId: "42" }, service.asService())).rejects.toMatchObject(refused);
    await expect(service.client.getPayment({ orderId: "" }, service.asService())).rejects.toMatchObject(refused);
  });

  test.each([
    ["another amount", { amount: { currencyCode: "USD", units: 13n, nanos: 0 } }, "amount"],
    ["another currency", { amount: { currencyCode: "EUR", units: 12n, nanos: 990_000_000 } }, "amount"],
    ["another method", { paymentMethod: "pm_declined" }, "payment_method"],
  ])("is refused when the order is known with %s", async (_, changes, field) => {
    const request = goodRequest();
    await service.client.processPayment(request, service.asService());

    await expect(service.client.processPayment({ ...request, ...changes }, service.asService())).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field }],
    });
  });

  test("leaves nothing behind", async () => {
    const pool = createPool({ url: service.place.env.DATABASE_URL ?? "", applicationName: "audit", log: silentLog() });
    try {
      const { rows } = await pool.query(
        "SELECT (SELECT count(*) FROM payments) - (SELECT count(*) FROM sandbox_ledger) AS more",
      );
      expect(rows).toEqual([{ more: "0" }]);
      const { rows: payments } = await pool.query("SELECT DISTINCT document->>'status' AS status FROM payments");
      expect(payments).toEqual([{ status: "COMPLETED" }]);
    } finally {
      await pool.end();
    }
  });
});

test("logs orders and correlation, and neither methods nor references", async () => {
  const request = goodRequest();
  const metadata = { "x-correlation-id": "canary-correlation" };
  await service.client.processPayment(request, { ...service.asService(), metadata });

  const line = lines.find((text) => text.includes("payment accepted") && text.includes(request.orderId));
  expect(JSON.parse(line ?? "{}")).toMatchObject({
    "labels.order_id": request.orderId,
    "labels.correlation_id": "canary-correlation",
  });
  expect(lines.join("")).not.toMatch(/pm_ok|sandbox_charge_/);
});
