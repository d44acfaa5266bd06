import { randomUUID } from "node:crypto";
import { AppError } from "@shop/platform/errors";
import { DeadLetterStatus, ListDeadLettersRequest, ListSagasRequest } from "@shop/protos/gen/shop/orders/v1/operator";
import { OrderStatus, type Saga, SagaStatus, StepStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { createSagaRecords } from "@shop/saga";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
import pg from "pg";
import { gate, type OrderTest, openOrderTest, type RunningService, willingParticipants } from "./_orders.ts";

const OSCAR = randomUUID();
const LONG = { timeoutMs: 30_000 };

let fixture: OrderTest;
/** Two replicas on one database. */
let one: RunningService;
let other: RunningService;
const participants = willingParticipants();

beforeAll(async () => {
  fixture = await openOrderTest();
  const patient = { SAGA_RETRY_ATTEMPTS: "0" };
  [one, other] = [await fixture.start(participants, patient), await fixture.start(participants, patient)];
});

beforeEach(() => {
  const { inventory, payments, shipping } = willingParticipants();
  Object.assign(participants.inventory, inventory);
  Object.assign(participants.payments, payments);
  Object.assign(participants.shipping, shipping);
});

afterAll(() => fixture.close());

function operator(userId = OSCAR, role: "operator" | "Admin" = "operator") {
  return { authorization: `Bearer ${fixture.identity.userToken({ userId, role })}`, timeoutMs: 10_000 };
}

function alice() {
  return { authorization: `Bearer ${fixture.identity.userToken({ userId: aliceId })}`, timeoutMs: 30_000 };
}

async function unreachable(): Promise<never> {
  throw new AppError("UNAVAILABLE", "nobody is there");
}

/** An id that means nothing to the sandbox. */
function newOrderId(): string {
  return randomUUID().replace(/.$/, "f");
}

/** A promise's error. */
function refusalOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => "it was done",
    (err: unknown) => err,
  );
}

async function sagaOf(orderId: string): Promise<Saga> {
  const { saga } = await one.orders.getSaga({ orderId }, operator());
  if (saga === undefined) throw new Error("there is no saga");
  return saga;
}

async function orderOf(orderId: string) {
  return (await one.orders.getOrder({ orderId }, operator())).order;
}

async function ends(orderId: string, status: SagaStatus): Promise<Saga> {
  await eventually(async () => expect((await sagaOf(orderId)).status).toBe(status), LONG);
  return sagaOf(orderId);
}

/** The operators' entries of a history. */
function actsIn({ history }: Saga): { step: string; message: string; attempt: number }[] {
  return history
    .filter(({ step }) => ["Retry", "Compensate", "Resolve"].includes(step))
    .map(({ step, message, attempt }) => ({ step, message, attempt }));
}

/** An order whose saga is parked on its payment. */
async function parked(): Promise<{ orderId: string; sagaId: string }> {
  participants.payments.process = unreachable;
  const { order, sagaStatus } = await one.place({});
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  const orderId = order?.id ?? "";
  return { orderId, sagaId: (await sagaOf(orderId)).id };
}

/** An order that is being undone while its refund cannot be done. */
async function stuck(): Promise<{ orderId: string; sagaId: string }> {
  participants.shipping.schedule = async () => ({ refused: { code: "ADDRESS_NOT_SERVED", message: "not there" } });
  participants.payments.refund = unreachable;
  participants.payments.isUndone = async () => false;
  const { order } = await one.place({}, { timeoutMs: 1500 });
  const orderId = order?.id ?? "";
  await eventually(async () => {
    const refund = (await sagaOf(orderId)).history.find(({ step }) => step === "RefundPayment");
    expect(refund?.status).toBe(StepStatus.STEP_STATUS_EXHAUSTED);
  }, LONG);
  return { orderId, sagaId: (await sagaOf(orderId)).id };
}

test("every RPC is for operators and Admins only", async () => {
  const sagaId = randomUUID();
  const because = { sagaId, reason: "r" };
  const calls = (service: RunningService["operators"], options: { timeoutMs: number; authorization?: string }) => [
    service.listSagas(ListSagasRequest.fromPartial({}), options),
    service.retrySaga(because, options),
    service.compensateSaga(because, options),
    service.resolveSaga({ ...because, undo: "RefundPayment" }, options),
    service.getDeadLetter({ deadLetterId: "1" }, options),
    service.listDeadLetters(ListDeadLettersRequest.fromPartial({}), options),
  ];
  const codes = async (asked: Promise<unknown>[]) =>
    (await Promise.all(asked.map(refusalOf))).map((err) => (err instanceof AppError ? err.code : "OK"));
  const customer = { authorization: `Bearer ${fixture.identity.userToken({ userId: aliceId })}`, timeoutMs: 10_000 };
  const service = {
    authorization: `Bearer ${fixture.identity.serviceToken({ scopes: ["inventory", "payments"] })}`,
    timeoutMs: 10_000,
  };

  expect(await codes(calls(one.operators, { timeoutMs: 10_000 }))).toEqual(Array(6).fill("UNAUTHENTICATED"));
  expect(await codes(calls(one.operators, customer))).toEqual(Array(6).fill("PERMISSION_DENIED"));
  const refusedToServices = await codes(calls(one.operators, service));
  for (const code of refusedToServices) expect(["UNAUTHENTICATED", "PERMISSION_DENIED"]).toContain(code);
  const allowed = ["OK", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "OK"];
  expect(await codes(calls(one.operators, operator()))).toEqual(allowed);
  expect(await codes(calls(one.operators, operator(randomUUID(), "Admin")))).toEqual(allowed);
});

test("names every field that is wrong, together", async () => {
  const { operators } = one;
  const fieldsOf = async (call: Promise<unknown>) => {
    const err = (await refusalOf(call)) as AppError;
    return [err.code, ...(err.violations ?? []).map(({ field }) => field)];
  };
  const nothing = { sagaId: "1", reason: "" };

  expect(await fieldsOf(operators.retrySaga(nothing, operator()))).toEqual(["VALIDATION_FAILED", "saga_id", "reason"]);
  expect(await fieldsOf(operators.resolveSaga({ ...nothing, undo: "" }, operator()))).toEqual([
    "VALIDATION_FAILED",
    "saga_id",
    "undo",
    "reason",
  ]);
  expect(await fieldsOf(operators.getDeadLetter({ deadLetterId: "-1" }, operator()))).toEqual([
    "VALIDATION_FAILED",
    "dead_letter_id",
  ]);
});

describe("RetrySaga", () => {
  test("has a parked saga tried at once, by whom and why in its history", async () => {
    const { orderId, sagaId } = await parked();
    const before = await other.metric("saga_operator_actions_total", '{action="retry"');
    await other.operators.retrySaga({ sagaId, reason: "the bank is back" }, operator());
    participants.payments.process = willingParticipants().payments.process;
    const saga = await ends(orderId, SagaStatus.SAGA_STATUS_COMPLETED);
    expect(actsIn(saga)).toEqual([{ step: "Retry", message: `${OSCAR}: the bank is back`, attempt: 1 }]);
    expect(await other.metric("saga_operator_actions_total", '{action="retry"')).toBe(before + 1);
  });

  test("is told to the customer without the operator's id and words, by reading and by watching", async () => {
    const { orderId, sagaId } = await parked();
    const stop = new AbortController();
    const seen = one.orders.watchOrder({ orderId }, { ...alice(), signal: stop.signal });
    const watched: string[] = [];
    const watching = (async () => {
      for await (const message of seen) watched.push(...actsIn(message.saga as Saga).map(({ message }) => message));
    })();
    await other.operators.retrySaga({ sagaId, reason: "a note of ours" }, operator());
    await eventually(() => watched.length > 0, LONG);
    stop.abort();
    await watching.catch(() => "it was left");
    participants.payments.process = willingParticipants().payments.process;
    await ends(orderId, SagaStatus.SAGA_STATUS_COMPLETED);
    for await (const { saga } of one.orders.watchOrder({ orderId }, alice())) {
      expect(actsIn(saga as Saga)).toEqual([{ step: "Retry", message: "", attempt: 1 }]);
    }

    expect(new Set(watched)).toEqual(new Set([""]));
    const { saga } = await other.orders.getSaga({ orderId }, alice());
    expect(actsIn(saga as Saga)).toEqual([{ step: "Retry", message: "", attempt: 1 }]);
    expect(actsIn(await sagaOf(orderId))).toEqual([{ step: "Retry", message: `${OSCAR}: a note of ours`, attempt: 1 }]);
  });

  test("takes over what the other replica is running; its late answer changes nothing", async () => {
    const [asked, answered] = [gate(), gate()];
    let calls = 0;
    participants.payments.process = async ({ orderId }) => {
      calls++;
      if (calls > 1) return { reference: orderId };
      asked.open();
      await answered.opened;
      return { reference: "late" };
    };
    const orderId = newOrderId();
    const placed = one.place({ orderId });
    await asked.opened;
    const { id: sagaId } = await sagaOf(orderId);
    await other.operators.retrySaga({ sagaId, reason: "it hangs" }, operator());
    await placed;
    answered.open();

    const ended = await ends(orderId, SagaStatus.SAGA_STATUS_COMPLETED);
    expect(actsIn(ended)).toHaveLength(1);
    expect(calls).toBeGreaterThan(1);
  });

  test("of an ended saga has the message sent again that was given up, by whom and why in its history", async () => {
    const { order } = await one.place({});
    const { id: sagaId } = await sagaOf(order?.id ?? "");
    const pool = new pg.Pool({ connectionString: fixture.database.url, max: 1 });
    const records = createSagaRecords({ pool, table: "order_sagas", keyColumn: "order_id" });
    const outbox = async () =>
      (
        await pool.query("SELECT attempts, faults, poisoned_at FROM outbox WHERE saga_id = $1 AND sent_at IS NULL", [
          sagaId,
        ])
      ).rows;
    const letter = { sagaId, step: "SendNotification", reason: "GIVEN_UP", lastError: "no recipient", request: {} };
    try {
      await records.leaveAfterLetter(pool, { ...letter, attempts: 12 });
      await pool.query(
        "UPDATE outbox SET attempts = 12, faults = 10, poisoned_at = now() WHERE saga_id = $1 AND sent_at IS NULL",
        [sagaId],
      );
      const asked = await other.operators.retrySaga({ sagaId, reason: "has an address now" }, operator());
      await other.operators.retrySaga({ sagaId, reason: "x".repeat(500) }, operator());

      expect(await outbox()).toEqual([{ attempts: 12, faults: 0, poisoned_at: null }]);
      expect(asked.saga?.history.at(-2)).toMatchObject({
        step: "SendNotification",
        status: StepStatus.STEP_STATUS_RUNNING,
        attempt: 12,
      });
      expect(actsIn(await sagaOf(order?.id ?? ""))).toEqual([
        { step: "Retry", message: `${OSCAR}: has an address now`, attempt: 1 },
        { step: "Retry", message: `${OSCAR}: ${"x".repeat(500)}`, attempt: 2 },
      ]);
      expect(await other.metric("saga_operator_actions_total", '{action="resend"')).toBe(2);

      await records.closeAfterLetter(pool, sagaId, "SendNotification");
      expect(await refusalOf(one.operators.retrySaga({ sagaId, reason: "again" }, operator()))).toMatchObject({
        reason: "NOTHING_TO_RETRY",
      });
    } finally {
      await pool.end();
    }
  });

  test("a saga that has ended has nothing to be tried", async () => {
    const { order } = await one.place({});
    const { id: sagaId } = await sagaOf(order?.id ?? "");

    expect(await refusalOf(one.operators.retrySaga({ sagaId, reason: "again" }, operator()))).toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "NOTHING_TO_RETRY",
    });
  });
});

describe("CompensateSaga", () => {
  test("turns a saga round that the other replica runs, and the order fails for that reason", async () => {
    const [asked, answered, refunds] = [gate(), gate(), [] as string[]];
    participants.payments.process = async ({ orderId }) => {
      asked.open();
      await answered.opened;
      return { reference: orderId };
    };
    participants.payments.refund = async (orderId) => void refunds.push(orderId);
    const orderId = newOrderId();
    const placed = one.place({ orderId });
    await asked.opened;
    const { id: sagaId } = await sagaOf(orderId);

    const { saga } = await other.operators.compensateSaga({ sagaId, reason: "fraud" }, operator());
    expect(actsIn(saga as Saga)).toEqual([{ step: "Compensate", message: `${OSCAR}: fraud`, attempt: 1 }]);
    await ends(orderId, SagaStatus.SAGA_STATUS_COMPENSATED);
    answered.open();
    expect((await placed).order?.failure?.code).toBe("CANCELLED_BY_OPERATOR");
    expect(await orderOf(orderId)).toMatchObject({
      status: OrderStatus.ORDER_STATUS_FAILED,
      failure: { code: "CANCELLED_BY_OPERATOR" },
    });
    expect(refunds).toContain(orderId);
    expect(await other.metric("saga_operator_actions_total", '{action="compensate"')).toBe(1);
  });

  test("is refused for a saga that has ended, is being undone, or is not there", async () => {
    const { order } = await one.place({});
    const ended = { sagaId: (await sagaOf(order?.id ?? "")).id, reason: "r" };
    expect(await refusalOf(one.operators.compensateSaga(ended, operator()))).toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "SAGA_ENDED",
    });

    const { orderId, sagaId } = await stuck();
    expect(await refusalOf(one.operators.compensateSaga({ sagaId, reason: "r" }, operator()))).toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "SAGA_COMPENSATING",
    });
    const unknown = randomUUID();
    expect(await refusalOf(one.operators.compensateSaga({ sagaId: unknown, reason: "r" }, operator()))).toMatchObject({
      code: "NOT_FOUND",
      message: `There is no saga ${unknown}.`,
    });

    await one.operators.retrySaga({ sagaId, reason: "on with it" }, operator());
    participants.payments.refund = willingParticipants().payments.refund;
    await ends(orderId, SagaStatus.SAGA_STATUS_COMPENSATED);
  });
});

describe("ResolveSaga", () => {
  test("is refused until the participant holds the tombstone, then lets the saga end", async () => {
    const { orderId, sagaId } = await stuck();
    const resolve = (undo: string) =>
      other.operators.resolveSaga({ sagaId, undo, reason: "paid back by cheque" }, operator());
    const refusal = async (undo: string) => ((await refusalOf(resolve(undo))) as AppError).reason;

    expect(await refusal("RefundPayment")).toBe("TOMBSTONE_MISSING");
    expect(await refusal("ReleaseInventory")).toBe("ARBITER");
    expect(await refusal("ProcessPayment")).toBe("NOT_OUTSTANDING");
    expect(await refusal("Refund'; DROP TABLE orders")).toBe("NOT_OUTSTANDING");
    participants.payments.isUndone = unreachable;
    expect(await refusalOf(resolve("RefundPayment"))).toMatchObject({ code: "UNAVAILABLE" });
    expect(actsIn(await sagaOf(orderId))).toEqual([]);

    const asked: unknown[] = [];
    participants.payments.isUndone = async (id, { userId, timeoutMs }) => {
      asked.push([id, userId, timeoutMs]);
      return true;
    };
    await resolve("RefundPayment");
    expect(asked).toEqual([[orderId, aliceId, 1500]]);
    const saga = await ends(orderId, SagaStatus.SAGA_STATUS_COMPENSATED);
    expect(actsIn(saga)).toEqual([
      { step: "Resolve", message: `${OSCAR}: RefundPayment: paid back by cheque`, attempt: 1 },
    ]);
    expect(saga.history.find(({ step }) => step === "RefundPayment")?.status).toBe(StepStatus.STEP_STATUS_COMPLETED);
    expect(await other.metric("saga_operator_actions_total", '{action="resolve"')).toBe(1);
    expect(await refusal("RefundPayment")).toBe("SAGA_ENDED");
  });

  test("is refused for an undo that is not outstanding", async () => {
    const { sagaId } = await parked();
    participants.payments.isUndone = async () => true;
    const resolve = one.operators.resolveSaga({ sagaId, undo: "RefundPayment", reason: "r" }, operator());
    expect(await refusalOf(resolve)).toMatchObject({ code: "FAILED_PRECONDITION", reason: "NOT_ALLOWED" });
  });

  test("asks no participant about an undo that is not outstanding: it may be away", async () => {
    const { sagaId } = await parked();
    const asked: string[] = [];
    participants.shipping.isUndone = (orderId) => {
      asked.push(orderId);
      return unreachable();
    };
    const resolve = one.operators.resolveSaga({ sagaId, undo: "CancelShipment", reason: "r" }, operator());
    expect(await refusalOf(resolve)).toMatchObject({ code: "FAILED_PRECONDITION", reason: "NOT_ALLOWED" });
    expect(asked).toEqual([]);
  });
});

describe("dead letters", () => {
  test("tell what was asked for and why it was given up, and nothing about the customer", async () => {
    const { orderId, sagaId } = await parked();
    const { deadLetters } = await other.operators.listDeadLetters(
      ListDeadLettersRequest.fromPartial({ sagaId, statuses: [DeadLetterStatus.DEAD_LETTER_STATUS_OPEN] }),
      operator(),
    );
    expect(deadLetters).toHaveLength(1);
    const [letter] = deadLetters;
    expect(letter).toMatchObject({
      sagaId,
      orderId,
      step: "ProcessPayment",
      attempts: 1,
      lastError: expect.stringContaining("nobody is there"),
      request: { key: orderId, step: "ProcessPayment", paymentMethod: "pm_ok", totalAmount: { minorUnits: 500 } },
    });
    expect(letter?.reason).not.toBe("");
    expect(letter?.createdAt).toBeInstanceOf(Date);
    const text = JSON.stringify(letter);
    for (const personal of [aliceId, "Main St", "Springfield", "62701"]) expect(text).not.toContain(personal);

    const found = await one.operators.getDeadLetter({ deadLetterId: letter?.id ?? "" }, operator());
    expect(found.deadLetter).toEqual(letter);
    expect(await refusalOf(one.operators.getDeadLetter({ deadLetterId: "999999" }, operator()))).toMatchObject({
      code: "NOT_FOUND",
    });

    await one.operators.retrySaga({ sagaId, reason: "r" }, operator());
    participants.payments.process = willingParticipants().payments.process;
    await ends(orderId, SagaStatus.SAGA_STATUS_COMPLETED);
    const later = await one.operators.getDeadLetter({ deadLetterId: letter?.id ?? "" }, operator());
    expect(later.deadLetter?.status).toBe(DeadLetterStatus.DEAD_LETTER_STATUS_WORKED_OFF);
  });

  test("are listed the oldest first, a page at a time, by step and status", async () => {
    for (const _ of Array(3)) await parked();
    const list = (request: Partial<ListDeadLettersRequest>) =>
      one.operators.listDeadLetters(
        ListDeadLettersRequest.fromPartial({
          step: "ProcessPayment",
          statuses: [DeadLetterStatus.DEAD_LETTER_STATUS_OPEN],
          ...request,
        }),
        operator(),
      );
    const all = (await list({})).deadLetters.map(({ id }) => id);
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all).toEqual(all.toSorted((left, right) => Number(left) - Number(right)));

    const paged: string[] = [];
    let pageToken = "";
    do {
      const page = await list({ pageSize: 2, pageToken });
      paged.push(...page.deadLetters.map(({ id }) => id));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(paged).toEqual(all);
    expect((await list({ step: "ScheduleShipment" })).deadLetters).toEqual([]);
  });
});

describe("ListSagas", () => {
  test("lists the oldest first, a page at a time, by status, step, age and error", async () => {
    const placed = [await parked(), await parked(), await parked()].map(({ sagaId }) => sagaId);
    const list = async (request: Partial<ListSagasRequest>) => {
      const page = await one.operators.listSagas(ListSagasRequest.fromPartial(request), operator());
      return { ids: page.sagas.map(({ id }) => id), ...page };
    };
    const all = await list({ pageSize: 100 });
    expect(all.ids.filter((id) => placed.includes(id))).toEqual(placed);
    expect(all.sagas.map(({ startedAt }) => Number(startedAt))).toEqual(
      all.sagas.map(({ startedAt }) => Number(startedAt)).toSorted((left, right) => left - right),
    );

    const paged: string[] = [];
    let pageToken = "";
    do {
      const page = await list({ pageSize: 2, pageToken, currentStep: "ProcessPayment", error: "NOBODY is" });
      paged.push(...page.ids);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(paged).toEqual(expect.arrayContaining(placed));
    expect((await list({ statuses: [SagaStatus.SAGA_STATUS_COMPLETED] })).ids).not.toEqual(
      expect.arrayContaining([placed[0]]),
    );
    expect((await list({ error: "100%" })).ids).toEqual([]);
    expect((await list({ minAge: { seconds: 3600n, nanos: 0 } })).ids).toEqual([]);
    expect((await list({ minAge: { seconds: 0n, nanos: 1_000_000 }, pageSize: 100 })).ids).toEqual(
      expect.arrayContaining(placed),
    );
  });

  test("tells a failure as GetSaga does", async () => {
    participants.shipping.schedule = async () => ({ refused: { code: "ADDRESS_NOT_SERVED", message: "not there" } });
    const { order } = await one.place({});
    const saga = await sagaOf(order?.id ?? "");
    const { sagas } = await one.operators.listSagas(
      ListSagasRequest.fromPartial({ error: "address_not_served", pageSize: 100 }),
      operator(),
    );
    expect(sagas.find(({ id }) => id === saga.id)).toEqual(saga);
    expect(saga.failure).toEqual({ code: "ADDRESS_NOT_SERVED", message: "not there", step: "ScheduleShipment" });
  });
});
