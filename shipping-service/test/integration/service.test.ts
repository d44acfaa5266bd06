import { randomUUID } from "node:crypto";
import { ShipmentStatus } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { tamper } from "@shop/testkit/identity";
import { createContext } from "../../src/context.ts";
import { type Client, openShipping, outcomeOf, requestFor, type Shipping } from "../_shipping.ts";

let shipping: Shipping;
beforeAll(async () => {
  shipping = await openShipping();
});
afterAll(() => shipping.close());

describe("ScheduleShipment", () => {
  it("schedules a shipment that GetShipment then shows", async () => {
    const orderId = randomUUID();
    const { client, options } = shipping;
    const { outcome } = await client.scheduleShipment(requestFor(orderId), options);
    expect(outcome).toMatchObject({
      $case: "shipment",
      value: {
        orderId,
        status: ShipmentStatus.SHIPMENT_STATUS_SCHEDULED,
        trackingNumber: expect.stringMatching(/^SH/),
      },
    });
    await expect(client.getShipment({ orderId }, options)).resolves.toEqual({ shipment: outcome?.value });
  });

  it("refuses a country that is not served, records it and says so again", async () => {
    const orderId = randomUUID();
    const { client, options } = shipping;
    const refusal = { code: "ADDRESS_NOT_SERVED", message: "We do not ship to BR." };
    for (let turn = 0; turn < 2; turn++) {
      const answer = await client.scheduleShipment(requestFor(orderId, { country: "BR" }), options);
      expect(answer).toEqual({ outcome: { $case: "refusal", value: refusal } });
    }
    const { shipment } = await client.getShipment({ orderId }, options);
    expect(shipment).toMatchObject({ status: ShipmentStatus.SHIPMENT_STATUS_REFUSED, trackingNumber: "" });
  });

  it("names the parts in which the same order asks for something else", async () => {
    const orderId = randomUUID();
    const { client, options } = shipping;
    await client.scheduleShipment(requestFor(orderId), options);
    const other = client.scheduleShipment(requestFor(orderId, { country: "CA", quantity: 2 }), options);
    await expect(other).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field: "address" }, { field: "lines" }],
    });
  });

  it("serves the countries it is configured for", async () => {
    const own = await openShipping({ SHIPPING_COUNTRIES: "BR" });
    try {
      const send = (country: string) =>
        outcomeOf(own.client.scheduleShipment(requestFor(randomUUID(), { country }), own.options));
      expect(await send("BR")).toMatch(/^SCHEDULED/);
      expect(await send("US")).toBe("ADDRESS_NOT_SERVED");
    } finally {
      await own.close();
    }
  });
});

describe("CancelShipment", () => {
  it("keeps the tracking number of what was scheduled", async () => {
    const orderId = randomUUID();
    const { client, options } = shipping;
    const { outcome } = await client.scheduleShipment(requestFor(orderId), options);
    await client.cancelShipment({ orderId }, options);
    const { shipment } = await client.getShipment({ orderId }, options);
    expect(shipment).toMatchObject({ status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED });
    expect(shipment?.trackingNumber).toBe(outcome?.$case === "shipment" && outcome.value.trackingNumber);
  });

  it("leaves a tombstone that refuses the shipment which comes late", async () => {
    const orderId = randomUUID();
    const { client, options } = shipping;
    await expect(client.cancelShipment({ orderId }, options)).resolves.toEqual({
      status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED,
    });
    await expect(client.scheduleShipment(requestFor(orderId), options)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "UNDONE",
    });
  });
});

describe("the door", () => {
  it("says NOT_FOUND of an order it does not know", async () => {
    const { client, options } = shipping;
    await expect(client.getShipment({ orderId: randomUUID() }, options)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("tells all faults of a request together and leaves no row behind", async () => {
    const request = { ...requestFor("no uuid", { quantity: 0 }), userId: "\u0000", address: undefined };
    await expect(shipping.client.scheduleShipment(request, shipping.options)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      violations: [{ field: "order_id" }, { field: "user_id" }, { field: "address" }, { field: "lines[0].quantity" }],
    });
    const orderId = randomUUID();
    const bad = shipping.client.scheduleShipment(requestFor(orderId, { country: "\u0000" }), shipping.options);
    await expect(bad).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
    expect(await shipping.statusOf(orderId)).toBeUndefined();
  });

  const calls: [string, (target: Client, authorization: string | undefined) => Promise<unknown>][] = [
    [
      "ScheduleShipment",
      (it, authorization) => it.scheduleShipment(requestFor(randomUUID()), withToken(authorization)),
    ],
    ["CancelShipment", (it, authorization) => it.cancelShipment({ orderId: randomUUID() }, withToken(authorization))],
    ["GetShipment", (it, authorization) => it.getShipment({ orderId: randomUUID() }, withToken(authorization))],
  ];

  it.each(calls)("opens %s only to a service with the scope", async (_, send) => {
    const { identity } = shipping;
    const right = identity.serviceToken({ scopes: ["shipping"] });
    const refusals: [string | undefined, string][] = [
      [undefined, "UNAUTHENTICATED"],
      [identity.serviceToken({ scopes: ["shipping"], exp: 1 }), "UNAUTHENTICATED"],
      [tamper(identity.serviceToken({ scopes: [] }), { scope: "shipping" }), "UNAUTHENTICATED"],
      [identity.serviceToken({ scopes: ["payments"] }), "PERMISSION_DENIED"],
      [identity.userToken(), "PERMISSION_DENIED"],
      [identity.userToken({ role: "Admin" }), "PERMISSION_DENIED"],
    ];
    for (const [token, code] of refusals) {
      await expect(send(shipping.client, token && `Bearer ${token}`)).rejects.toMatchObject({ code });
    }
    await send(shipping.client, `Bearer ${right}`).catch((err) => expect(err).toMatchObject({ code: "NOT_FOUND" }));
  });

  it("is ready and counts what happens", async () => {
    const { client: target, options } = shipping;
    const orderId = randomUUID();
    for (let turn = 0; turn < 2; turn++) await target.scheduleShipment(requestFor(orderId), options);
    await target.cancelShipment({ orderId }, options);
    expect(await shipping.opsText("/health/ready")).toMatch(/^200 /);
    const metrics = await shipping.opsText("/metrics");
    for (const name of ["shipment_scheduled_total", "shipment_refused_total", "shipment_cancelled_total"]) {
      expect(metrics).toMatch(new RegExp(`^${name}\\{[^}]*\\} [1-9]`, "m"));
    }
    expect(metrics).toContain('method="shop.shipping.v1.ShippingService/ScheduleShipment",code="OK"');
  });
});

it("starts beside another that migrates the same empty database", async () => {
  const own = await openShipping();
  try {
    await own.context.database.query("DROP TABLE shipments, migrations");
    const config = (grpcPort: number) => ({
      mode: "production" as const,
      logLevel: "silent",
      host: "127.0.0.1",
      grpcPort,
      opsPort: 0,
      databaseUrl: own.context.database.options.connectionString ?? "",
      identity: { url: own.identity.url, issuer: own.identity.issuer },
      countries: new Set(["US"]),
    });
    const contexts = await Promise.all([createContext(config(0)), createContext(config(0))]);
    await Promise.all(contexts.map((context) => context.start()));
    expect(await own.statusOf(randomUUID())).toBeUndefined();
    await Promise.all(contexts.map((context) => context.close()));
  } finally {
    await own.close();
  }
});

function withToken(authorization: string | undefined) {
  return { timeoutMs: 10_000, authorization };
}
