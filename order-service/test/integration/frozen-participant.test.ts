import { createLog } from "@shop/platform/logging";
import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import { type FakeParticipants, openFakeParticipants } from "./_fake-participants.ts";
import { type OrderTest, openOrderTest, type RunningService } from "./_orders.ts";

let fixture: OrderTest;
let fake: FakeParticipants;
let service: RunningService;
let thaw: () => void;
/** The states of the payments' breaker, as the log told them. */
const breakerStates: string[] = [];

beforeAll(async () => {
  fixture = await openOrderTest();
  fake = await openFakeParticipants(fixture.identity);
  const variables = {
    INVENTORY_ADDRESS: fake.addresses.inventory,
    PAYMENTS_ADDRESS: fake.addresses.payments,
    SHIPPING_ADDRESS: fake.addresses.shipping,
    SAGA_RETRY_DELAY_MS: "200",
  };
  const log = createLog({ service: "test", level: "debug", destination: watched() });
  service = await fixture.start(undefined, variables, { log });
});

afterAll(async () => {
  await fixture.close();
  await fake.close();
});

test("asks a participant that takes calls but never answers about once per saga, and goes on with all when it answers", async () => {
  freeze();
  expect(await statusesOf(40)).toEqual(Array(40).fill(SagaStatus.SAGA_STATUS_PARKED));
  expect(breakerStates).toContain("open");

  expect(await statusesOf(10)).toEqual(Array(10).fill(SagaStatus.SAGA_STATUS_PARKED));
  const unanswered = calls();
  expect(unanswered / 40).toBeLessThanOrEqual(1.1);

  thaw();
  await eventually(() => breakerStates.at(-1) === "closed");
  // By their own time those that are parked would come back within 4 s.
  await eventually(async () => (await completed()) === 50, { timeoutMs: 3500 });
  expect(breakerStates.slice(0, 2)).toEqual(["closed", "open"]);
  expect(calls()).toBe(unanswered + 50);
});

/** From now on payments take calls and never answer them. */
function freeze(): void {
  const answer = fake.payments.processPayment;
  fake.payments.processPayment = () => new Promise(() => {});
  thaw = () => {
    fake.payments.processPayment = answer;
  };
}

function calls(): number {
  return fake.calls.filter(({ method }) => method === "processPayment").length;
}

async function statusesOf(count: number): Promise<SagaStatus[]> {
  const place = () => service.place({}, { timeoutMs: 8000 });
  return (await Promise.all(Array.from({ length: count }, place))).map(({ sagaStatus }) => sagaStatus);
}

async function completed(): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${service.context.ports.ops}/metrics`)).text();
  return Number(/^order_completed_total\S* (\d+)$/m.exec(metrics)?.[1]);
}

function watched(): { write(line: string): void } {
  return {
    write(line) {
      const fields = JSON.parse(line) as Record<string, string>;
      if (fields.message !== "circuit breaker changed" || fields["labels.target"] !== "payments") return;
      breakerStates.push(fields["labels.state"] ?? "");
    },
  };
}
