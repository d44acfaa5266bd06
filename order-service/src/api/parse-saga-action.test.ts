import { AppError } from "@shop/platform/errors";
import { parseResolution, parseSagaAction } from "./parse-saga-action.ts";

const SAGA = "01900000-0000-7000-8000-00000000000a";

function faultsOf(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (err) {
    return err instanceof AppError ? (err.violations ?? []).map(({ field }) => field) : ["not an AppError"];
  }
}

test("takes a saga's id in any case and a reason of up to 500 characters", () => {
  expect(parseSagaAction({ sagaId: SAGA.toUpperCase(), reason: " a call of the bank's " })).toEqual({
    sagaId: SAGA,
    reason: "a call of the bank's",
  });
  expect(parseSagaAction({ sagaId: SAGA, reason: "x".repeat(500) }).reason).toHaveLength(500);
  expect(parseResolution({ sagaId: SAGA, undo: "RefundPayment", reason: "by cheque" })).toEqual({
    sagaId: SAGA,
    undo: "RefundPayment",
    reason: "by cheque",
  });
});

test.each([
  ["nothing", { sagaId: "", undo: "", reason: "" }, ["saga_id", "undo", "reason"]],
  ["a reason that says nothing", { sagaId: SAGA, undo: "RefundPayment", reason: "  \n" }, ["reason"]],
  ["a reason that is too long", { sagaId: SAGA, undo: "RefundPayment", reason: "x".repeat(501) }, ["reason"]],
  ["an undo's name that is too long", { sagaId: SAGA, undo: "x".repeat(101), reason: "r" }, ["undo"]],
  ["text that no database holds", { sagaId: SAGA, undo: "a\u0000", reason: "b\u0000" }, ["undo", "reason"]],
])("refuses %s", (_, request, fields) => {
  expect(faultsOf(() => parseResolution(request))).toEqual(fields);
  expect(faultsOf(() => parseSagaAction(request))).toEqual(fields.filter((field) => field !== "undo"));
});
