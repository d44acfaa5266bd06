import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "@shop/testkit/eventually";
import fc from "fast-check";
import { type EchoHarness, serveEchoes } from "../test/_grpc-batch.ts";
import { proxyTo } from "../test/_proxy.ts";
import { AppError } from "./errors.ts";

/** What one call does: when it is begun, how long its handler takes, how it ends and whether its caller waits for it. */
interface Plan {
  readonly beginsAfterTurns: number;
  readonly takesMs: number;
  readonly fails: boolean;
  readonly timeoutMs: number;
  readonly cancelledAfterMs?: number;
}

const plan: fc.Arbitrary<Plan> = fc.record(
  {
    beginsAfterTurns: fc.nat({ max: 12 }),
    takesMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 40 })),
    fails: fc.boolean(),
    timeoutMs: fc.oneof({ weight: 4, arbitrary: fc.constant(20_000) }, fc.integer({ min: 1, max: 40 })),
    cancelledAfterMs: fc.integer({ min: 0, max: 40 }),
  },
  { requiredKeys: ["beginsAfterTurns", "takesMs", "fails", "timeoutMs"] },
);

/** A server that does with each call what its plan says, and counts how often it was called for it. */
async function servePlans(plans: readonly Plan[]) {
  const seen = plans.map(() => 0);
  const harness = await serveEchoes(async ({ orderId }, call) => {
    const index = Number(orderId);
    const { takesMs, fails } = plans[index] as Plan;
    seen[index] = (seen[index] ?? 0) + 1;
    if (takesMs > 0) await delay(takesMs, undefined, { signal: call.signal }).catch(() => undefined);
    if (fails) throw new AppError("FAILED_PRECONDITION", orderId, { reason: "UNDONE" });
    return { orderId };
  });
  return { harness, seen };
}

/** Begins a call as its plan says and answers how it ended. */
async function run(client: EchoHarness["client"], index: number, plan: Plan): Promise<string> {
  for (let turn = 0; turn < plan.beginsAfterTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
  const signal = plan.cancelledAfterMs === undefined ? undefined : cancelAfter(plan.cancelledAfterMs);
  try {
    const { orderId } = await client.echo({ orderId: String(index) }, { timeoutMs: plan.timeoutMs, signal });
    return `OK ${orderId}`;
  } catch (err) {
    const { code, message } = err as AppError;
    return code === "FAILED_PRECONDITION" ? `${code} ${message}` : code;
  }
}

function cancelAfter(delayMs: number): AbortSignal {
  const controller = new AbortController();
  if (delayMs === 0) controller.abort();
  else setTimeout(() => controller.abort(), delayMs);
  return controller.signal;
}

/** The ends that a call may have; its own answer is always one of them. */
function possibleEnds(index: number, { fails, timeoutMs, cancelledAfterMs }: Plan): string[] {
  return [
    fails ? `FAILED_PRECONDITION ${index}` : `OK ${index}`,
    ...(timeoutMs < 20_000 ? ["DEADLINE_EXCEEDED"] : []),
    ...(cancelledAfterMs === undefined ? [] : ["CANCELLED"]),
  ];
}

test("of 1,000 calls at once each ends as it should, and none is made twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plan, { minLength: 1000, maxLength: 1000 }), async (plans) => {
      const { harness, seen } = await servePlans(plans);
      const ends = await Promise.all(plans.map((one, index) => run(harness.client, index, one)));
      for (const [index, one] of plans.entries()) expect(possibleEnds(index, one)).toContain(ends[index]);
      for (const [index, count] of seen.entries()) {
        expect(count).toBeLessThanOrEqual(1);
        if (/^(OK|FAILED)/.test(ends[index] ?? "")) expect(count).toBe(1);
      }
      expect(await harness.count("Call")).toBeGreaterThan(0);
      await harness.close();
    }),
    { numRuns: 3 },
  );
});

test("of calls to a server that is lost on the way each ends with its own answer or UNAVAILABLE, and none is made twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(plan, { minLength: 300, maxLength: 300 }),
      fc.integer({ min: 0, max: 300 }),
      async (plans, cutAfter) => {
        const { harness, seen } = await servePlans(plans);
        const cut = await proxyTo(harness.server.port);
        const client = harness.connect({ address: `127.0.0.1:${cut.port}` });
        const ending = plans.map((one, index) => run(client, index, one));
        await eventually(() => seen.filter((count) => count > 0).length >= Math.min(cutAfter, 50), { intervalMs: 1 });
        cut.close();
        const ends = await Promise.all(ending);
        for (const [index, one] of plans.entries()) {
          expect([...possibleEnds(index, one), "UNAVAILABLE"]).toContain(ends[index]);
        }
        expect(Math.max(...seen)).toBeLessThanOrEqual(1);
        await harness.close();
      },
    ),
    { numRuns: 5 },
  );
});
