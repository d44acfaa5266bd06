import { check } from "k6";
import exec from "k6/execution";
import type { Options } from "k6/options";
import type { K6Summary } from "../report/k6-summary.ts";
import { makeReport } from "../report/make-report.ts";
import { connectOnce, loadClient } from "./grpc-door.ts";
import { recordOutcome, recordPayment, recordRequest } from "./metrics.ts";
import { paymentsOptions } from "./options.ts";
import { billOf } from "./payment-plan.ts";
import { paymentsDoor } from "./payments-door.ts";
import type { PaymentsProfile } from "./profiles.ts";
import { clientToken, currentToken, type Token } from "./session.ts";
import { readSettings } from "./settings.ts";
import { slotsOf } from "./slots.ts";

/** What setup() gives every user. */
interface Opened {
  readonly token: Token;
  /** What the ids of this run's payments begin with. */
  readonly run: string;
}

/** What k6 wants the script to export. */
export interface PaymentsRun {
  readonly options: Options;
  setup(): Opened;
  pay(opened: Opened): void;
  handleSummary(summary: K6Summary): Record<string, string>;
}

/** Makes the test of payments: each iteration is one call. */
export function paymentsRun(profile: PaymentsProfile): PaymentsRun {
  const settings = readSettings(__ENV);
  const slots = slotsOf(profile.seconds * settings.scale);
  const connect = connectOnce(loadClient("shop/payments/v1/payments.proto"), settings.paymentsTarget);
  const obtain = () => clientToken(settings);

  return {
    options: paymentsOptions(profile, settings),
    setup: () => ({ token: obtain(), run: crypto.randomUUID().replaceAll("-", "").slice(0, 14) }),
    pay: ({ token, run }) => {
      const payments = paymentsDoor(connect, currentToken(token, obtain));
      const bill = billOf(exec.scenario.iterationInTest, run, profile.refundPercent);
      const answer = bill.isRefund ? payments.refund(bill) : payments.pay(bill);
      recordRequest(slots, { ...answer, kind: bill.isRefund ? "RefundPayment" : "ProcessPayment", door: "grpc" });
      recordOutcome(answer.value ?? "no_answer");
      recordPayment(answer.value !== undefined && bill.expected.includes(answer.value));
      if (answer.value === undefined) return;
      check(answer.value, { "a payment comes to the end that was meant": (end) => bill.expected.includes(end) });
    },
    handleSummary: (summary) => makeReport({ profile, settings, slots, summary, endedAt: new Date() }),
  };
}
