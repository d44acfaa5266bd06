import { AppError, type ErrorCode } from "@shop/platform/errors";
import type { CompensableStep, Step, StepCall } from "@shop/saga";
import type { Checkout } from "./checkout.ts";
import { checkoutSaga, stepsOf } from "./definition.ts";
import type { Participants } from "./ports.ts";

const POLICY = { timeoutMs: 200_000, retries: 7, retryDelayMs: 70, giveUpAfterMs: 30_000 };
const CHECKOUT: Checkout = {
  orderId: "o",
  userId: "u",
  lines: [],
  shippingAddress: { street: "s", city: "c", state: "", zipCode: "z", country: "US" },
  paymentMethod: "pm_ok",
  correlationId: "x",
  reserved: { lines: [], totalAmount: { minorUnits: 500, currency: "USD" } },
};
const CALL: StepCall = { sagaId: "s", key: "o", attempt: 1, timeoutMs: 1500, signal: new AbortController().signal };

/** Participants whose every answer is this error; `asked` is told whose it was. */
function refusing(error: AppError, asked: (name: keyof Participants) => void = () => {}): Participants {
  const answer = (name: keyof Participants) => async () => {
    asked(name);
    throw error;
  };
  const inventory = answer("inventory");
  return {
    inventory: { check: inventory, reserve: inventory, commit: inventory, release: inventory },
    payments: { process: answer("payments"), refund: answer("payments"), isUndone: answer("payments") },
    shipping: { schedule: answer("shipping"), cancel: answer("shipping"), isUndone: answer("shipping") },
  };
}

function refused(code: ErrorCode, reason?: string): Participants {
  return refusing(new AppError(code, "no", { reason }));
}

function stepNamed(participants: Participants, name: string): Step<Checkout> {
  const step = checkoutSaga(participants, POLICY).steps.find((step) => step.name === name);
  if (step === undefined) throw new Error(`there is no step ${name}`);
  return step;
}

function compensable(steps: readonly Step<Checkout>[]): CompensableStep<Checkout>[] {
  return steps.filter((step) => step.kind === "compensable");
}

test.each([
  ["ReserveInventory", ["UNDONE", "EXPIRED"]],
  ["ProcessPayment", ["UNDONE"]],
  ["ScheduleShipment", ["UNDONE"]],
  ["CommitInventory", ["UNDONE", "EXPIRED", "NOT_RESERVED"]],
])("%s is refused for good by %j and by no other reason", async (name, definite) => {
  const reasons = ["UNDONE", "EXPIRED", "NOT_RESERVED", "COMMITTED", "INSUFFICIENT_STOCK"];
  const refusals = await Promise.all(
    reasons.map(async (reason) => {
      const { kind } = await stepNamed(refused("FAILED_PRECONDITION", reason), name).do(CHECKOUT, CALL);
      return kind === "refused" ? [reason] : [];
    }),
  );
  expect(refusals.flat()).toEqual(definite);
});

test("ReleaseInventory refused as COMMITTED tells that the sale has happened; from the other undos it means nothing", async () => {
  const steps = compensable(checkoutSaga(refused("FAILED_PRECONDITION", "COMMITTED"), POLICY).steps);
  const kinds = await Promise.all(
    steps.map(async ({ undoName, undo }) => [undoName, (await undo(CHECKOUT, CALL)).kind]),
  );
  expect(kinds).toEqual([
    ["ReleaseInventory", "committed"],
    ["RefundPayment", "unknown"],
    ["CancelShipment", "unknown"],
  ]);
});

test.each<[ErrorCode, string | undefined]>([
  ["ABORTED", "COMMITTED"],
  ["FAILED_PRECONDITION", "UNDONE"],
  ["FAILED_PRECONDITION", undefined],
])("ReleaseInventory refused with %s %s does not tell that the sale has happened", async (code, reason) => {
  const [release] = compensable(checkoutSaga(refused(code, reason), POLICY).steps);
  expect((await release?.undo(CHECKOUT, CALL))?.kind).not.toBe("committed");
});

test("no payment is asked for while the reservation's amount is not known", async () => {
  const asked: string[] = [];
  const participants = refusing(new AppError("INTERNAL", "no"), (name) => void asked.push(name));
  const outcome = await stepNamed(participants, "ProcessPayment").do({ ...CHECKOUT, reserved: undefined }, CALL);

  expect([outcome.kind, asked]).toEqual(["unknown", []]);
});

test("payment and shipment are given up after 30 s, the inventory's steps with the saga", () => {
  const { timeoutMs, steps } = checkoutSaga(refused("INTERNAL"), POLICY);

  expect(timeoutMs).toBe(200_000);
  expect(steps.map(({ name, policy }) => [name, policy.giveUpAfterMs])).toEqual([
    ["ValidateInventory", undefined],
    ["ReserveInventory", undefined],
    ["ProcessPayment", 30_000],
    ["ScheduleShipment", 30_000],
    ["CommitInventory", undefined],
  ]);
  expect(steps.every(({ policy }) => policy.retries === 7 && policy.retryDelayMs === 70)).toBe(true);
});

test("the sale has the reservation for its arbiter", () => {
  expect(stepNamed(refused("INTERNAL"), "CommitInventory")).toMatchObject({
    kind: "pivot",
    arbiter: "ReserveInventory",
  });
});

test("every step and every undo stands with the participant that it asks", async () => {
  const asked: string[] = [];
  const participants = refusing(new AppError("INTERNAL", "no"), (name) => void asked.push(name));
  const found: Record<string, string[]> = { inventory: [], payments: [], shipping: [] };
  const note = async (name: string, ask: () => Promise<unknown>) => {
    await ask();
    found[asked.pop() ?? "nobody"]?.push(name);
  };
  for (const step of checkoutSaga(participants, POLICY).steps) {
    await note(step.name, () => step.do(CHECKOUT, CALL));
    if (step.kind === "compensable") await note(step.undoName, () => step.undo(CHECKOUT, CALL));
  }

  const sorted = (steps: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(steps).map(([name, list]) => [name, [...list].sort()]));
  expect(sorted(stepsOf)).toEqual(sorted(found));
});
