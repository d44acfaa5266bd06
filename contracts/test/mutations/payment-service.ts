import type { MutatedProvider } from "../_mutation.ts";

export const mutatedPayments: MutatedProvider = {
  provider: "payment-service",
  mutations: [
    {
      name: "a tombstone is charged",
      file: "src/domain/decide.ts",
      from: 'return answer({ kind: "undone" });',
      to: 'return answer({ kind: "charged", payment });',
      breaks: ["a charge after a refund that came first", "a charge after its refund"],
    },
    {
      name: "a refund is not idempotent",
      file: "src/domain/decide.ts",
      from: '    case "CANCELLED":\n    case "REFUNDED":\n      return answer({ kind: "undone", status: payment.status });',
      to: '    case "CANCELLED":\n      return answer({ kind: "undone", status: payment.status });\n    case "REFUNDED":\n      return { kind: "send-refund", payment };',
      breaks: ["the same refund again"],
    },
    {
      name: "whatever is given back is called refunded",
      file: "src/api/refund-payment.ts",
      from: "toWireStatus(answer.status)",
      to: 'toWireStatus("REFUNDED")',
      breaks: ["a refund of nothing", "a refund of a charge that was declined"],
    },
    {
      name: "a charge has no reference",
      file: "src/api/wire.ts",
      from: "...(reference !== undefined && { providerReference: reference }),",
      to: "",
      breaks: ["a charge", "the same charge again"],
    },
    {
      name: "the amount is off by one",
      file: "src/api/wire.ts",
      from: "money.units.toString()",
      to: "(money.units + 1n).toString()",
      breaks: ["a charge", "the same charge again"],
    },
    {
      name: "a decline is an error",
      file: "src/api/process-payment.ts",
      from: "return { decline: answer.decline };",
      to: 'throw new AppError("FAILED_PRECONDITION", "declined", { reason: answer.decline.code });',
      breaks: ["a charge that the provider declines", "a charge that was declined, again"],
    },
    {
      name: "what is undone has another reason",
      file: "src/api/process-payment.ts",
      from: '{ reason: "UNDONE" }',
      to: '{ reason: "CANCELLED" }',
      breaks: ["a charge after a refund that came first"],
    },
    {
      name: "a charge that is under way is unavailable",
      file: "src/api/process-payment.ts",
      from: 'new AppError("ABORTED",',
      to: 'new AppError("UNAVAILABLE",',
      breaks: ["a charge that is under way"],
    },
    {
      name: "another amount than the order's is taken",
      file: "src/domain/decide.ts",
      from: "return fields.length > 0 ?",
      to: "return fields.length > 2 ?",
      breaks: ["a charge of another amount than the order's", "a charge of another amount than was declined"],
    },
    {
      name: "a payment that nobody asked for is no longer NOT_FOUND",
      file: "src/api/get-payment.ts",
      from: 'new AppError("NOT_FOUND",',
      to: 'new AppError("FAILED_PRECONDITION",',
      breaks: ["a look at a payment that nobody asked for"],
    },
  ],
};
