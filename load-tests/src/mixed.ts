import { paymentsRun } from "./lib/payments-run.ts";
import { mixed } from "./lib/profiles.ts";

export const { options, setup, pay, handleSummary } = paymentsRun(mixed);
