import type { RpcInteraction } from "../interaction.ts";
import { eachLike, like, matching, uuid } from "../match.ts";
import {
  call,
  callers,
  declined,
  denied,
  entry,
  example,
  invalid,
  lamp,
  notFound,
  order,
  placed,
  productId,
  saga,
  waiting,
  why,
} from "./gateway-orders.ts";

const { customer, operator, admin } = callers;
const reason = "An example of why.";
const page = { statuses: ["SAGA_STATUS_PARKED"], currentStep: "ProcessPayment" };

/** A saga that waited, as an operator sees it after asking something of it: it goes on. */
function asked(number: number, act: string) {
  return {
    message: {
      saga: {
        id: saga(number),
        orderId: order(number),
        status: "SAGA_STATUS_IN_PROGRESS",
        currentStep: "ProcessPayment",
        history: [
          entry("ValidateInventory"),
          entry("ReserveInventory"),
          entry("ProcessPayment", "EXHAUSTED", { attempt: like(1), message: why }),
          entry(act, "COMPLETED", { message: matching(/.*An example of why\..*/, `An operator: ${reason}`) }),
        ],
        startedAt: example,
      },
    },
  };
}

const sagas: readonly RpcInteraction[] = [
  call("ListSagas", "the sagas that wait for their payment", [operator, lamp, waiting(60)], page, {
    message: {
      sagas: eachLike({
        id: uuid(saga(60)),
        orderId: uuid(order(60)),
        status: "SAGA_STATUS_PARKED",
        currentStep: "ProcessPayment",
        history: eachLike({
          step: like("ProcessPayment"),
          status: matching(/STEP_STATUS_[A-Z]+/, "STEP_STATUS_EXHAUSTED"),
          attempt: like(1),
          timestamp: example,
        }),
        startedAt: example,
      }),
    },
  }),
  call(
    "ListSagas",
    "the sagas with an error that none has",
    [operator],
    { error: "an-example-of-an-error", pageSize: 5 },
    { message: {} },
  ),
  call("ListSagas", "the sagas, by a customer", [customer], page, denied),
  call(
    "RetrySaga",
    "another try of a saga that waits",
    [operator, lamp, waiting(61)],
    { sagaId: saga(61), reason },
    asked(61, "Retry"),
  ),
  call(
    "RetrySaga",
    "another try of a saga that has ended well",
    [operator, lamp, placed(62)],
    { sagaId: saga(62), reason },
    { error: { code: "FAILED_PRECONDITION", reason: "NOTHING_TO_RETRY" } },
  ),
  call("RetrySaga", "another try of a saga that there is not", [admin], { sagaId: saga(404), reason }, notFound),
  call("RetrySaga", "another try, by a customer", [customer], { sagaId: saga(404), reason }, denied),
  call("RetrySaga", "another try without a reason", [operator], { sagaId: saga(404) }, invalid("reason")),
  call(
    "CompensateSaga",
    "the turn of a saga that waits",
    [operator, lamp, waiting(63)],
    { sagaId: saga(63), reason },
    asked(63, "Compensate"),
  ),
  call(
    "CompensateSaga",
    "the turn of a saga that has ended",
    [operator, lamp, declined(64)],
    { sagaId: saga(64), reason },
    { error: { code: "FAILED_PRECONDITION", reason: "SAGA_ENDED" } },
  ),
  call("CompensateSaga", "the turn of a saga that there is not", [operator], { sagaId: saga(404), reason }, notFound),
  call(
    "ResolveSaga",
    "an undo done by hand, of a saga that has ended",
    [operator, lamp, declined(65)],
    { sagaId: saga(65), undo: "RefundPayment", reason },
    { error: { code: "FAILED_PRECONDITION", reason: "SAGA_ENDED" } },
  ),
  call(
    "ResolveSaga",
    "an undo done by hand that only the inventory decides",
    [operator, lamp, waiting(66)],
    { sagaId: saga(66), undo: "ReleaseInventory", reason },
    { error: { code: "FAILED_PRECONDITION", reason: "ARBITER" } },
  ),
  call(
    "ResolveSaga",
    "an undo done by hand that nobody waits for",
    [operator, lamp, waiting(67)],
    { sagaId: saga(67), undo: "RefundPayment", reason },
    { error: { code: "FAILED_PRECONDITION", reason: "NOT_ALLOWED" } },
  ),
];

/** What stands in a dead letter of a payment that could not be made. */
const deadLetter = {
  step: "ProcessPayment",
  status: "DEAD_LETTER_STATUS_OPEN",
  reason: why,
  attempts: like(2),
  lastError: why,
  createdAt: example,
  updatedAt: example,
};

const deadLetters: readonly RpcInteraction[] = [
  call(
    "ListDeadLetters",
    "the dead letters of a saga",
    [operator, lamp, waiting(70)],
    { statuses: ["DEAD_LETTER_STATUS_OPEN"], step: "ProcessPayment", sagaId: saga(70) },
    {
      message: {
        deadLetters: [
          {
            ...deadLetter,
            id: matching(/\d+/, "17"),
            sagaId: saga(70),
            orderId: order(70),
            request: { lines: [{ productId, quantity: 2 }], paymentMethod: "pm_ok" },
          },
        ],
      },
    },
  ),
  call("ListDeadLetters", "the dead letters of no saga", [operator], { sagaId: saga(404) }, { message: {} }),
  call("ListDeadLetters", "the dead letters, by a customer", [customer], {}, denied),
  call(
    "GetDeadLetter",
    "a dead letter",
    [
      operator,
      lamp,
      { name: "a payment was given up", params: { orderId: order(71), sagaId: saga(71), deadLetterId: 9_000_071 } },
    ],
    { deadLetterId: "9000071" },
    { message: { deadLetter: { ...deadLetter, id: "9000071", sagaId: saga(71), orderId: order(71) } } },
  ),
  call("GetDeadLetter", "a dead letter that there is not", [operator], { deadLetterId: "9999999" }, notFound),
  call(
    "GetDeadLetter",
    "a dead letter by something that is no id",
    [operator],
    { deadLetterId: "x" },
    invalid("dead_letter_id"),
  ),
];

/** What operators ask of sagas. */
export const operating: readonly RpcInteraction[] = [...sagas, ...deadLetters];
