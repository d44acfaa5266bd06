import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@shop/platform/errors";
import { OrderStatus, SagaStatus, type WatchOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { aliceId } from "@shop/testkit/identity";
import { disturbedParticipants } from "./_disturbed-participants.ts";
import { type OrderTest, openOrderTest, type RunningService } from "./_orders.ts";

const STORM_MS = 30_000;
const LANES = 24;
const FINAL: (SagaStatus | undefined)[] = [
  SagaStatus.SAGA_STATUS_COMPLETED,
  SagaStatus.SAGA_STATUS_COMPENSATED,
  SagaStatus.SAGA_STATUS_FAILED,
];
/** What a caller meets while a replica is replaced: it asks again. */
const PASSING: unknown[] = ["UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"];

let fixture: OrderTest;
/** Two replicas; now and then the second is replaced by a new one. */
const replicas: RunningService[] = [];
const { participants, booksOf } = disturbedParticipants(Math.random);

beforeAll(async () => {
  fixture = await openOrderTest();
  for (const _ of Array(2)) replicas.push(await startReplica());
});

afterAll(() => fixture.close());

function startReplica(): Promise<RunningService> {
  return fixture.start(participants, { SAGA_RETRY_DELAY_MS: "20", SAGA_GIVE_UP_SECONDS: "3" });
}

function anyReplica(): RunningService {
  return replicas[Math.floor(Math.random() * replicas.length)] as RunningService;
}

function as(userId: string, role?: "operator") {
  return { authorization: `Bearer ${fixture.identity.userToken({ userId, role })}`, timeoutMs: 60_000 };
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  return eventually(ask, { timeoutMs: 60_000, intervalMs: 50 });
}

/** Watches an order at a replica, again where it has to, until it has ended. */
async function watchToTheEnd(replica: number, orderId: string): Promise<WatchOrderResponse[]> {
  const messages: WatchOrderResponse[] = [];
  for (;;) {
    try {
      const stream = (replicas[replica] as RunningService).orders.watchOrder({ orderId }, as(aliceId));
      for await (const message of stream) messages.push(message);
      return messages;
    } catch (err) {
      if (!(err instanceof AppError) || !PASSING.includes(err.code)) throw err;
      await sleep(50);
    }
  }
}

/** Asks for something at random moments; what the rules refuse is refused. */
async function interfere(sagaId: string): Promise<void> {
  const because = { sagaId, reason: "storm" };
  const operator = as(randomUUID(), "operator");
  for (const _ of Array(2)) {
    await sleep(Math.random() * 250);
    const { operators } = anyReplica();
    const asked = [
      () => operators.retrySaga(because, operator),
      () => operators.compensateSaga(because, operator),
      () => operators.resolveSaga({ ...because, undo: "RefundPayment" }, operator),
    ][Math.floor(Math.random() * 3)] as () => Promise<unknown>;
    await asked().catch((err: unknown) => {
      const code = err instanceof AppError ? err.code : err;
      if (!["FAILED_PRECONDITION", ...PASSING].includes(code)) throw err;
    });
  }
}

/** Places one order, has it watched at both replicas and interfered with, and answers what was wrong with it. */
async function storm(): Promise<string[]> {
  const orderId = randomUUID().replace(/.$/, "f");
  const idempotencyKey = randomUUID();
  await asking(() => anyReplica().place({ orderId, idempotencyKey }, { timeoutMs: 300 + Math.random() * 3000 }));
  const reader = as(randomUUID(), "operator");
  const { saga: begun } = await asking(() => anyReplica().orders.getSaga({ orderId }, reader));
  const [first, second] = await Promise.all([
    watchToTheEnd(0, orderId),
    watchToTheEnd(1, orderId),
    interfere(begun?.id ?? ""),
  ]);
  const { order } = await asking(() => anyReplica().orders.getOrder({ orderId }, reader));
  const { saga } = await asking(() => anyReplica().orders.getSaga({ orderId }, reader));
  const again = await asking(() => anyReplica().place({ orderId, idempotencyKey }));

  const isCompleted = order?.status === OrderStatus.ORDER_STATUS_COMPLETED;
  const books = booksOf(orderId).join();
  const faults = [first, second].flatMap((messages) => faultsIn(messages, { order, saga }));
  if (isCompleted && books !== "sold,charged,scheduled") faults.push(`completed with ${books}`);
  if (!isCompleted && /held|sold|charged|scheduled/.test(books)) faults.push(`failed with ${books}`);
  if (!again.replayed || again.order?.status !== order?.status) faults.push("another answer to the same key");
  return faults.map((fault) => `${orderId}: ${fault}`);
}

function faultsIn(messages: readonly WatchOrderResponse[], { order, saga }: WatchOrderResponse): string[] {
  const faults: string[] = [];
  const last = messages.at(-1);
  if (last?.order?.status !== order?.status || last?.saga?.status !== saga?.status) faults.push("another end");
  if (messages.filter((message) => FINAL.includes(message.saga?.status)).length !== 1) faults.push("not one end");
  for (const message of messages) {
    const isFailure = message.saga?.failure !== undefined;
    const isFailed = message.order?.status === OrderStatus.ORDER_STATUS_FAILED;
    if (isFailure !== isFailed || isFailed !== (message.order?.failure !== undefined)) faults.push("half a failure");
    if (isFailed && order?.status !== OrderStatus.ORDER_STATUS_FAILED) faults.push("a failure that was none");
  }
  return faults;
}

test("orders end with their books right and nobody is told a lie, whoever interferes, watches and restarts", async () => {
  const endsAt = performance.now() + STORM_MS;
  let placed = 0;
  const lanes = Array.from({ length: LANES }, async () => {
    const faults: string[] = [];
    for (; performance.now() < endsAt; placed++) faults.push(...(await storm()));
    return faults;
  });
  const restarts = (async () => {
    while (performance.now() < endsAt) {
      await sleep(5000);
      const old = replicas[1] as RunningService;
      replicas[1] = await startReplica();
      await old.stop();
    }
  })();

  expect((await Promise.all(lanes)).flat()).toEqual([]);
  await restarts;
  expect(placed).toBeGreaterThan(LANES);
  for (const replica of replicas) {
    expect(await replica.metric("order_watchers")).toBe(0);
    expect(await replica.metric("saga_in_flight")).toBe(0);
  }
}, 300_000);
