import { AppError, validationFailed } from "@shop/platform/errors";
import { fromWireMoney, type Money } from "@shop/platform/money";
import { collectViolations, type Violations } from "@shop/platform/validation";
import { decideProcess, type ProcessAnswer, type ProcessRequest } from "../domain/decide.ts";
import type { Origin } from "../domain/origin.ts";
import { carryOut, type PaymentDesk } from "./carry-out.ts";
import type { ProcessPaymentRequest, ProcessPaymentResponse, WireMoney } from "./contract.ts";
import { toWirePayment } from "./wire.ts";

/** Charges an order's amount, or says how it went when it was asked before. */
export async function processPayment(
  request: ProcessPaymentRequest,
  desk: PaymentDesk,
  origin?: Origin,
): Promise<ProcessPaymentResponse> {
  const asked = parseProcessPayment(request, desk.provider.methods);
  return toResponse(await carryOut({ ...asked, origin }, decideProcess, desk));
}

/** Turns the message into what is asked of the payment; throws VALIDATION_FAILED with all that is wrong. */
export function parseProcessPayment(request: ProcessPaymentRequest, methods: readonly string[]): ProcessRequest {
  const violations = collectViolations();
  const orderId = violations.uuid("order_id", request.orderId);
  const userId = violations.uuid("user_id", request.userId);
  const amount = amountOf(request.amount, violations);
  const method = request.paymentMethod;
  if (!methods.includes(method)) violations.add("payment_method", `must be one of ${methods.join(", ")}`);
  if (amount === undefined || violations.list.length > 0) throw validationFailed(violations.list);
  return { kind: "process", orderId, charge: { userId, amount, method } };
}

function amountOf(wire: WireMoney | null, violations: Violations): Money | undefined {
  if (wire === null) {
    violations.add("amount", "is required");
    return undefined;
  }
  const amount = fromWireMoney({ ...wire, units: BigInt(wire.units) });
  if (amount === undefined) {
    violations.add("amount", "must be an amount in whole hundredths of a currency with a three-letter code");
  } else if (amount.minorUnits <= 0) {
    violations.add("amount", "must be above zero");
  }
  return amount;
}

function toResponse(answer: ProcessAnswer): ProcessPaymentResponse {
  switch (answer.kind) {
    case "charged":
      return { payment: toWirePayment(answer.payment) };
    case "declined":
      return { decline: answer.decline };
    case "under-way":
      throw new AppError("ABORTED", "The payment is under way: ask again.");
    case "undone":
      throw new AppError("FAILED_PRECONDITION", "The payment was undone.", { reason: "UNDONE" });
    case "differs":
      throw validationFailed(
        answer.fields.map((field) => ({ field, message: "must be what the order's payment was first asked with" })),
      );
    case "taken":
      throw validationFailed([
        { field: "order_id", message: "must be one that no other client has used for a payment" },
      ]);
    default:
      return answer satisfies never;
  }
}
