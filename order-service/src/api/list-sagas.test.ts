import { AppError } from "@shop/platform/errors";
import { DeadLetterStatus, ListDeadLettersRequest, ListSagasRequest } from "@shop/protos/gen/shop/orders/v1/operator";
import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { parseListDeadLetters } from "./list-dead-letters.ts";
import { parseListSagas } from "./list-sagas.ts";

const SAGA = "01900000-0000-7000-8000-00000000000A";

function faultsOf(parse: () => unknown): string[] {
  try {
    parse();
    return [];
  } catch (err) {
    return err instanceof AppError ? (err.violations ?? []).map(({ field }) => field) : ["not an AppError"];
  }
}

const sagas = (request: Partial<ListSagasRequest>) => parseListSagas(ListSagasRequest.fromPartial(request));
const letters = (request: Partial<ListDeadLettersRequest>) =>
  parseListDeadLetters(ListDeadLettersRequest.fromPartial(request));

test("what is left empty does not narrow the list", () => {
  expect(sagas({}).filter).toEqual({});
  expect(letters({}).filter).toEqual({});
});

test("takes every part of the filter", () => {
  const { filter } = sagas({
    statuses: [SagaStatus.SAGA_STATUS_PARKED, SagaStatus.SAGA_STATUS_COMPENSATING],
    currentStep: "ProcessPayment",
    error: "UNAVAILABLE",
    minAge: { seconds: 90n, nanos: 500_000_000 },
  });
  expect(filter).toEqual({
    statuses: ["Parked", "Compensating"],
    currentStep: "ProcessPayment",
    error: "UNAVAILABLE",
    olderThanMs: 90_500,
  });
  expect(sagas({ minAge: { seconds: 315_360_000n, nanos: 0 } }).filter).toEqual({ olderThanMs: 315_360_000_000 });
  expect(sagas({ currentStep: "x".repeat(100), error: "x".repeat(200) }).filter.error).toHaveLength(200);

  expect(
    letters({ statuses: [DeadLetterStatus.DEAD_LETTER_STATUS_OPEN], step: "RefundPayment", sagaId: SAGA }).filter,
  ).toEqual({ statuses: ["Open"], step: "RefundPayment", sagaId: SAGA.toLowerCase() });
});

test.each<[string, Parameters<typeof sagas>[0], string[]]>([
  ["a status that is none", { statuses: [0, SagaStatus.SAGA_STATUS_PARKED, 99 as 1] }, ["statuses[0]", "statuses[2]"]],
  ["a negative age", { minAge: { seconds: -1n, nanos: 0 } }, ["min_age"]],
  ["an age whose parts are of two signs", { minAge: { seconds: 1n, nanos: -1 } }, ["min_age"]],
  ["an age of ten years and a moment", { minAge: { seconds: 315_360_000n, nanos: 1_000_000 } }, ["min_age"]],
  ["an age with too many nanos", { minAge: { seconds: 1n, nanos: 1_000_000_000 } }, ["min_age"]],
  ["an age that no clock holds", { minAge: { seconds: 315_576_000_000n, nanos: 0 } }, ["min_age"]],
  ["an age beyond all numbers", { minAge: { seconds: 2n ** 63n - 1n, nanos: 0 } }, ["min_age"]],
  ["a step's name that is too long", { currentStep: "x".repeat(101) }, ["current_step"]],
  ["text that no database holds", { currentStep: "\u0000", error: "x".repeat(201) }, ["current_step", "error"]],
  ["everything", { statuses: [0], pageSize: -1, pageToken: "x" }, ["statuses[0]", "page_size", "page_token"]],
])("refuses %s", (_, request, fields) => {
  expect(faultsOf(() => sagas(request))).toEqual(fields);
});

test("refuses dead letters of a status that is none, of a step with too long a name and of a saga without a UUID", () => {
  const request = { statuses: [7 as 1], step: "x".repeat(101), sagaId: "1", pageSize: -1 };
  expect(faultsOf(() => letters(request))).toEqual(["statuses[0]", "step", "saga_id", "page_size"]);
});

test("a token is good for its own filter only", () => {
  const { page } = sagas({ pageSize: 1, error: "a" });
  const pageToken = page.cut([1, 2], () => [SAGA.toLowerCase()]).nextPageToken;

  expect(sagas({ error: "a", pageToken }).page.after).toEqual([SAGA.toLowerCase()]);
  expect(faultsOf(() => sagas({ error: "b", pageToken }))).toEqual(["page_token"]);
  expect(faultsOf(() => letters({ pageToken }))).toEqual(["page_token"]);

  const ofRefunds = letters({ pageSize: 1, step: "RefundPayment" }).page.cut([1, 2], (row) => [
    String(row),
  ]).nextPageToken;
  expect(letters({ step: "RefundPayment", pageToken: ofRefunds }).page.after).toEqual(["1"]);
  expect(faultsOf(() => letters({ pageToken: ofRefunds }))).toEqual(["page_token"]);
  expect(faultsOf(() => letters({ step: "RefundPayment", sagaId: SAGA, pageToken: ofRefunds }))).toEqual([
    "page_token",
  ]);
});
