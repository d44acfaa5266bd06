import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { openShipping, outcomeOf, requestFor, type Shipping } from "../_shipping.ts";

let shipping: Shipping;
beforeAll(async () => {
  shipping = await openShipping();
});
afterAll(() => shipping.close());

const actions = ["do", "do again", "do other lines", "do other address", "undo", "undo again", "late do"] as const;
type Action = (typeof actions)[number];

/** Where the first do goes: to a country that is served, or to one that is not. */
const country = fc.constantFrom("US", "BR");

function run(orderId: string, home: string, action: Action): Promise<string> {
  const { client, options } = shipping;
  switch (action) {
    case "do":
    case "do again":
    case "late do":
      return outcomeOf(client.scheduleShipment(requestFor(orderId, { country: home }), options));
    case "do other lines":
      return outcomeOf(client.scheduleShipment(requestFor(orderId, { country: home, quantity: 2 }), options));
    case "do other address":
      return outcomeOf(client.scheduleShipment(requestFor(orderId, { country: "CA" }), options));
    case "undo":
    case "undo again":
      return outcomeOf(client.cancelShipment({ orderId }, options));
    default:
      return action satisfies never;
  }
}

/** The state machine in five lines: what the first call of each kind makes of it, and what that answers. */
interface Model {
  status: "NONE" | "CANCELLED" | "SCHEDULED" | "REFUSED";
  /** What the recorded do asked for. */
  asked?: string;
}

function contentOf(action: Action, home: string): string {
  return action === "do other lines" ? `2 to ${home}` : action === "do other address" ? "1 to CA" : `1 to ${home}`;
}

function step(model: Model, action: Action, home: string): { next: Model; answer: RegExp } {
  if (action.startsWith("undo")) return { next: { status: "CANCELLED" }, answer: /^CANCELLED$/ };
  const asked = contentOf(action, home);
  if (model.status === "CANCELLED") return { next: model, answer: /^UNDONE$/ };
  if (model.status !== "NONE" && model.asked !== asked) return { next: model, answer: /^VALIDATION_FAILED$/ };
  if (asked.endsWith("BR")) return { next: { status: "REFUSED", asked }, answer: /^ADDRESS_NOT_SERVED$/ };
  return { next: { status: "SCHEDULED", asked }, answer: /^SCHEDULED SH\w{16}$/ };
}

/** All orders of the five calls that a saga and its paused twin can send. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

const fiveCalls = permutations<Action>(["do", "do again", "undo", "undo again", "late do"]);

it.each(["US", "BR"])("one after the other to %s, all 120 orders of the five calls end cancelled", async (home) => {
  const work = async (mine: Action[][]) => {
    for (const calls of mine) {
      const orderId = randomUUID();
      let model: Model = { status: "NONE" };
      for (const action of calls) {
        const { next, answer } = step(model, action, home);
        expect(await run(orderId, home, action)).toMatch(answer);
        model = next;
      }
      expect(await shipping.statusOf(orderId)).toBe("CANCELLED");
    }
  };
  // As many at once as there are connections: on a busy machine the 120th would wait for one in vain.
  const lanes = Array.from({ length: 10 }, (_, lane) => fiveCalls.filter((_, place) => place % 10 === lane));
  await Promise.all(lanes.map(work));
});

it("one after the other, any calls answer as the state machine says", async () => {
  await fc.assert(
    fc.asyncProperty(country, fc.array(fc.constantFrom(...actions), { maxLength: 10 }), async (home, calls) => {
      const orderId = randomUUID();
      let model: Model = { status: "NONE" };
      for (const action of calls) {
        const { next, answer } = step(model, action, home);
        expect(await run(orderId, home, action)).toMatch(answer);
        model = next;
        expect(await shipping.statusOf(orderId)).toBe(model.status);
      }
    }),
    { numRuns: 60 },
  );
});

it("all at once, the answers contradict neither each other nor what is recorded", async () => {
  await fc.assert(
    fc.asyncProperty(
      country,
      fc.array(fc.constantFrom(...actions), { minLength: 1, maxLength: 12 }),
      async (home, calls) => {
        const orderId = randomUUID();
        const answers = await Promise.all(calls.map((action) => run(orderId, home, action)));
        const undone = calls.some((action) => action.startsWith("undo"));
        const granted = new Set(
          calls.flatMap((action, index) =>
            /^(SCHEDULED|ADDRESS_NOT_SERVED)/.test(answers[index] ?? "") ? [contentOf(action, home)] : [],
          ),
        );
        expect(granted.size).toBeLessThanOrEqual(1);
        if (!undone) expect(answers).not.toContain("UNDONE");
        expect(await shipping.statusOf(orderId)).toMatch(undone ? /^CANCELLED$/ : /^(SCHEDULED|REFUSED)$/);
        for (const action of calls) {
          const again = await run(orderId, home, action);
          if (undone) expect(again).toBe(action.startsWith("undo") ? "CANCELLED" : "UNDONE");
          else
            expect(again).toMatch(
              granted.has(contentOf(action, home)) ? /^(SCHEDULED|ADDRESS)/ : /^VALIDATION_FAILED$/,
            );
        }
      },
    ),
    { numRuns: 60 },
  );
});
