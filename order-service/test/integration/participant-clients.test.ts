import { createServiceTokens, type ServiceTokens } from "@shop/platform/auth";
import { runWithCorrelation } from "@shop/platform/correlation";
import { AppError, type ErrorCode } from "@shop/platform/errors";
import { silentLog } from "@shop/platform/logging";
import { PaymentStatus } from "@shop/protos/gen/shop/payments/v1/payments";
import { ShipmentStatus } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { eventually } from "@shop/testkit/eventually";
import { aliceId, createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import type { CallTerms, Participants } from "../../src/checkout/ports.ts";
import { connectParticipants, type ParticipantClients } from "../../src/clients/participants.ts";
import { type FakeParticipants, openFakeParticipants } from "./_fake-participants.ts";

const ORDER = "01900000-0000-7000-a000-00000000000a";
const PRODUCT = "01900000-0000-7000-9000-000000000001";
const USD = (minorUnits: number) => ({ minorUnits, currency: "USD" });
const LINES = [{ productId: PRODUCT, quantity: 3, expectedUnitPrice: USD(1999) }];
const PAYMENT = { orderId: ORDER, userId: aliceId, amount: USD(1999), paymentMethod: "pm_ok" };
const ADDRESS = { street: "1 Main St", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
const SHIPMENT = { orderId: ORDER, userId: aliceId, address: ADDRESS, lines: [{ productId: PRODUCT, quantity: 3 }] };

let identity: TestIdentity;
let tokens: ServiceTokens;
let fake: FakeParticipants;
let clients: ParticipantClients;
let breakers: string[];
let reachable: string[];

beforeEach(async () => {
  identity = await createTestIdentity();
  tokens = createServiceTokens({ ...identity, log: silentLog() });
  fake = await openFakeParticipants(identity);
  breakers = [];
  reachable = [];
  clients = connectParticipants({
    addresses: fake.addresses,
    tokens,
    log: silentLog(),
    onBreaker: (target, state) => void breakers.push(`${target} ${state}`),
    onReachable: (name) => void reachable.push(name),
  });
});

afterEach(async () => {
  clients.close();
  await Promise.all([fake.close(), tokens.close(), identity.close()]);
});

function terms(change: Partial<CallTerms> = {}): CallTerms {
  return { userId: aliceId, timeoutMs: 1500, signal: new AbortController().signal, ...change };
}

/** Every call of every participant, by the method that it becomes. */
const CALLS: Record<string, (participants: Participants, terms: CallTerms) => Promise<unknown>> = {
  checkAvailability: ({ inventory }, terms) => inventory.check(ORDER, LINES, terms),
  reserveInventory: ({ inventory }, terms) => inventory.reserve(ORDER, LINES, terms),
  commitInventory: ({ inventory }, terms) => inventory.commit(ORDER, terms),
  releaseInventory: ({ inventory }, terms) => inventory.release(ORDER, terms),
  processPayment: ({ payments }, terms) => payments.process(PAYMENT, terms),
  refundPayment: ({ payments }, terms) => payments.refund(ORDER, terms),
  getPayment: ({ payments }, terms) => payments.isUndone(ORDER, terms),
  scheduleShipment: ({ shipping }, terms) => shipping.schedule(SHIPMENT, terms),
  cancelShipment: ({ shipping }, terms) => shipping.cancel(ORDER, terms),
  getShipment: ({ shipping }, terms) => shipping.isUndone(ORDER, terms),
};
const METHODS = Object.keys(CALLS);
/** To these an unknown order is an answer. */
const READS = ["getPayment", "getShipment"];

function invoke(method: string, change: Partial<CallTerms> = {}): Promise<unknown> {
  return CALLS[method]?.(clients.participants, terms(change)) ?? Promise.reject(new Error(`no call ${method}`));
}

/** Makes every call of a method fail like this, whichever participant has it. */
function fail(method: string, error: AppError): void {
  const answer = () => Promise.reject(error);
  Object.assign(fake.inventory, { [method]: answer });
  Object.assign(fake.payments, { [method]: answer });
  Object.assign(fake.shipping, { [method]: answer });
}

test.each(METHODS)(
  "%s goes out with the service's own token, for the user, under the order's correlation id",
  async (method) => {
    await runWithCorrelation({ correlationId: "the-correlation" }, () => invoke(method));

    expect(fake.calls).toHaveLength(1);
    const [{ call, request } = { call: undefined, request: undefined }] = fake.calls;
    expect(fake.calls[0]?.method).toBe(method);
    expect(request).toMatchObject({ orderId: ORDER });
    expect(call?.caller).toMatchObject({ kind: "service", clientId: identity.clientId });
    expect([call?.onBehalfOf, call?.correlationId]).toEqual([aliceId, "the-correlation"]);
    expect(call?.remainingMs()).toBeLessThanOrEqual(1500);
  },
);

test("sends what is asked for, money in its wire form", async () => {
  for (const method of ["reserveInventory", "processPayment", "scheduleShipment"]) await invoke(method);

  expect(fake.calls.map(({ request }) => request)).toEqual([
    {
      orderId: ORDER,
      lines: [
        { productId: PRODUCT, quantity: 3, expectedUnitPrice: { currencyCode: "USD", units: 19n, nanos: 990_000_000 } },
      ],
    },
    { ...PAYMENT, amount: { currencyCode: "USD", units: 19n, nanos: 990_000_000 } },
    SHIPMENT,
  ]);
});

describe("a payment is undone for good where no charge of it can land any more", () => {
  test.each<[keyof typeof PaymentStatus, boolean]>([
    ["PAYMENT_STATUS_PENDING", false],
    ["PAYMENT_STATUS_COMPLETED", false],
    ["PAYMENT_STATUS_DECLINED", true],
    ["PAYMENT_STATUS_CANCELLING", false],
    ["PAYMENT_STATUS_REFUNDING", true],
    ["PAYMENT_STATUS_CANCELLED", true],
    ["PAYMENT_STATUS_REFUNDED", true],
    ["UNRECOGNIZED", false],
  ])("%s: %s", async (status, isUndone) => {
    const payment = { orderId: ORDER, amount: undefined, providerReference: "", createdAt: undefined };
    fake.payments.getPayment = async () => ({
      payment: { ...payment, updatedAt: undefined, status: PaymentStatus[status] as PaymentStatus },
    });
    expect(await clients.participants.payments.isUndone(ORDER, terms())).toBe(isUndone);
  });
});

describe("a shipment is undone for good where none can be scheduled any more", () => {
  test.each<[keyof typeof ShipmentStatus, boolean]>([
    ["SHIPMENT_STATUS_SCHEDULED", false],
    ["SHIPMENT_STATUS_REFUSED", false],
    ["SHIPMENT_STATUS_CANCELLED", true],
    ["UNRECOGNIZED", false],
  ])("%s: %s", async (status, isUndone) => {
    const shipment = { orderId: ORDER, trackingNumber: "", createdAt: undefined, updatedAt: undefined };
    fake.shipping.getShipment = async () => ({
      shipment: { ...shipment, status: ShipmentStatus[status] as ShipmentStatus },
    });
    expect(await clients.participants.shipping.isUndone(ORDER, terms())).toBe(isUndone);
  });
});

test.each(READS)("what %s does not know is not undone, and not a failure", async (method) => {
  fail(method, new AppError("NOT_FOUND", "nothing here"));
  expect(await invoke(method)).toBe(false);
  fail(method, new AppError("UNAVAILABLE", "away"));
  await expect(invoke(method)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("learns what each participant answers", async () => {
  const { inventory, payments, shipping } = clients.participants;

  expect(await inventory.check(ORDER, LINES, terms())).toBeUndefined();
  expect(await inventory.reserve(ORDER, LINES, terms())).toEqual({
    lines: [{ productId: PRODUCT, name: "Lamp", quantity: 3, unitPrice: USD(500) }],
    totalAmount: USD(500),
  });
  expect(await payments.process(PAYMENT, terms())).toEqual({ reference: "the-charge" });
  expect(await shipping.schedule(SHIPMENT, terms())).toEqual({ trackingNumber: "T1" });
});

test("takes a refusal and a decline for what they are, with code and message", async () => {
  const value = { code: "NOT_THIS_ONE", message: "so it is" };
  fake.inventory.checkAvailability = async () => ({ refusal: value });
  fake.inventory.reserveInventory = async () => ({ outcome: { $case: "refusal", value } });
  fake.payments.processPayment = async () => ({ outcome: { $case: "decline", value } });
  fake.shipping.scheduleShipment = async () => ({ outcome: { $case: "refusal", value } });

  for (const method of ["checkAvailability", "reserveInventory", "processPayment", "scheduleShipment"]) {
    expect([method, await invoke(method)]).toEqual([method, { refused: value }]);
  }
});

describe("an answer that cannot be read is an unknown outcome", () => {
  test.each(["reserveInventory", "processPayment", "scheduleShipment"])("%s without an outcome", async (method) => {
    const answer = async () => ({ outcome: undefined });
    fake.inventory.reserveInventory = answer;
    fake.payments.processPayment = answer;
    fake.shipping.scheduleShipment = answer;

    await expect(invoke(method)).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/has no (readable )?outcome/),
    });
  });

  test.each([
    ["no total", { totalAmount: undefined }, /total_amount/],
    ["a total with a third decimal", { totalAmount: { currencyCode: "USD", units: 1n, nanos: 1 } }, /total_amount/],
    ["a line without a price", { lines: [{ productId: PRODUCT, name: "Lamp", quantity: 3 }] }, /unit_price/],
  ])("a reservation with %s", async (_name, change, message) => {
    const { reserveInventory } = fake.inventory;
    fake.inventory.reserveInventory = async (request, call) => {
      const answer = await reserveInventory?.(request, call);
      Object.assign(answer?.outcome?.value ?? {}, change);
      return answer ?? { outcome: undefined };
    };
    await expect(invoke("reserveInventory")).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(message),
    });
  });
});

test.each<[ErrorCode, string | undefined]>([
  ["FAILED_PRECONDITION", "COMMITTED"],
  ["FAILED_PRECONDITION", "UNDONE"],
  ["ABORTED", undefined],
  ["VALIDATION_FAILED", undefined],
  ["UNAVAILABLE", undefined],
  ["NOT_FOUND", undefined],
])("%s (%s) reaches the checkout as it was said", async (code, reason) => {
  for (const method of METHODS.filter((name) => code !== "NOT_FOUND" || !READS.includes(name))) {
    fail(method, new AppError(code, "no", { reason }));
    const error = await invoke(method).catch((err: unknown) => err);
    expect([method, error]).toEqual([method, expect.objectContaining({ code })]);
    if (reason !== undefined) expect(error).toMatchObject({ reason });
  }
});

test("a call ends when its time is over and when its signal aborts", async () => {
  fake.payments.processPayment = () => new Promise(() => {});
  await expect(invoke("processPayment", { timeoutMs: 50 })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });

  const timeOut = AbortSignal.timeout(50);
  await expect(invoke("processPayment", { signal: timeOut })).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });

  const owner = new AbortController();
  const givenUp = expect(invoke("processPayment", { signal: owner.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  owner.abort();
  await givenUp;
});

describe.each([
  ["inventory", "reserveInventory", "releaseInventory"],
  ["payments", "processPayment", "refundPayment"],
  ["shipping", "scheduleShipment", "cancelShipment"],
])("the breakers of the %s", (name, step, undo) => {
  const away = new AppError("UNAVAILABLE", "away");

  async function open(method: string): Promise<void> {
    fail(method, away);
    for (let failure = 0; failure < 5; failure++) await invoke(method).catch(() => undefined);
  }

  test("hold steps back after five failures, and let undos through", async () => {
    await open(step);
    await expect(invoke(step)).rejects.toMatchObject({ code: "UNAVAILABLE", reason: "CIRCUIT_OPEN" });
    expect(fake.calls).toHaveLength(5);
    expect(breakers).toContain(`${name} open`);

    await expect(invoke(undo)).resolves.toBeUndefined();
  });

  test("hold undos back after five failures, and let steps through", async () => {
    await open(undo);
    await expect(invoke(undo)).rejects.toMatchObject({ reason: "CIRCUIT_OPEN" });
    expect(breakers).toContain(`${name}-undo open`);

    await expect(invoke(step)).resolves.toBeDefined();
  });
});

test("tells that a participant can be reached again when its breaker closes", async () => {
  const answer = fake.payments.processPayment;
  fail("processPayment", new AppError("UNAVAILABLE", "away"));
  for (let failure = 0; failure < 5; failure++) await invoke("processPayment").catch(() => undefined);
  expect(reachable).toEqual([]);

  fake.payments.processPayment = answer;
  await eventually(() => invoke("processPayment"));
  expect(reachable).toEqual(["payments"]);
  expect(breakers.slice(-2)).toEqual(["payments half-open", "payments closed"]);
});
