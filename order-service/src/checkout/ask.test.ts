import { currentCorrelation } from "@shop/platform/correlation";
import { AppError, type ErrorCode } from "@shop/platform/errors";
import type { StepCall } from "@shop/saga";
import { askFor, askUndo } from "./ask.ts";
import type { Checkout } from "./checkout.ts";
import type { CallTerms } from "./ports.ts";

const CHECKOUT: Checkout = {
  orderId: "o",
  userId: "u",
  lines: [],
  shippingAddress: { street: "s", city: "c", state: "", zipCode: "z", country: "US" },
  paymentMethod: "pm_ok",
  correlationId: "the-correlation",
};

const CALL: StepCall = { sagaId: "s", key: "o", attempt: 1, timeoutMs: 1500, signal: new AbortController().signal };

function asked(error: unknown, definite: Parameters<typeof askFor>[2] = ["UNDONE"]) {
  return askFor(
    CHECKOUT,
    CALL,
    definite,
    () => Promise.reject(error),
    () => ({}),
  );
}

test("learns from an answer", async () => {
  const outcome = await askFor(
    CHECKOUT,
    CALL,
    [],
    async () => ({ reference: "r" }),
    (payment) => ({ payment }),
  );
  expect(outcome).toEqual({ kind: "done", patch: { payment: { reference: "r" } } });
});

test("takes a declared refusal for a refusal", async () => {
  const refused = { code: "OUT_OF_STOCK", message: "no lamps" };
  expect(
    await askFor(
      CHECKOUT,
      CALL,
      [],
      async () => ({ refused }),
      () => ({}),
    ),
  ).toEqual({ kind: "refused", ...refused });
});

test.each<[ErrorCode, string | undefined, string]>([
  ["VALIDATION_FAILED", undefined, "refused"],
  ["MALFORMED_BODY", undefined, "refused"],
  ["FAILED_PRECONDITION", "UNDONE", "refused"],
  ["FAILED_PRECONDITION", "SOMETHING_ELSE", "unknown"],
  ["FAILED_PRECONDITION", undefined, "unknown"],
  ["ABORTED", undefined, "underWay"],
  ["UNAUTHENTICATED", undefined, "unauthenticated"],
  ["UNAVAILABLE", "CIRCUIT_OPEN", "blocked"],
  ["UNAVAILABLE", "BULKHEAD_FULL", "blocked"],
  ["UNAVAILABLE", undefined, "unknown"],
  ["DEADLINE_EXCEEDED", undefined, "unknown"],
  ["NOT_FOUND", undefined, "unknown"],
  ["PERMISSION_DENIED", undefined, "unknown"],
  ["INTERNAL", undefined, "unknown"],
])("a step's %s (%s) is %s", async (code, reason, kind) => {
  expect((await asked(new AppError(code, "no", { reason }))).kind).toBe(kind);
});

test("an error that nobody foresaw is an unknown outcome", async () => {
  expect((await asked(new TypeError("x"))).kind).toBe("unknown");
});

test.each<ErrorCode>(["VALIDATION_FAILED", "FAILED_PRECONDITION", "NOT_FOUND", "PERMISSION_DENIED"])(
  "an undo's %s is an unknown outcome: no error is final for an undo",
  async (code) => {
    const outcome = await askUndo(CHECKOUT, CALL, () => Promise.reject(new AppError(code, "no", { reason: "UNDONE" })));
    expect(outcome.kind).toBe("unknown");
  },
);

test("asks under the order's own correlation id, for the order's user, within the call's limits", async () => {
  const seen: unknown[] = [];
  const note = async (terms: CallTerms) => {
    seen.push({ correlationId: currentCorrelation()?.correlationId, ...terms });
    return undefined;
  };
  await askFor(CHECKOUT, CALL, [], note, () => ({}));
  await askUndo(CHECKOUT, CALL, note);

  const terms = { correlationId: "the-correlation", userId: "u", timeoutMs: 1500, signal: CALL.signal };
  expect(seen).toEqual([terms, terms]);
});
