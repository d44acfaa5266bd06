import { AppError } from "@shop/platform/errors";
import { createLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { createPaymentEvents } from "./events.ts";

test.each([
  ["warn", "the provider's failure", new AppError("UNAVAILABLE", "The reply was lost.")],
  ["warn", "a provider that took too long", new AppError("DEADLINE_EXCEEDED", "No answer within 1000 ms.")],
  ["warn", "a lost connection", Object.assign(new Error("connect"), { code: "ECONNREFUSED" })],
  ["error", "a fault of ours", new TypeError("charge is not a function")],
])("logs as %s %s", (level, _, err) => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ service: "payments", level: "info", destination });
  createPaymentEvents(createMetrics("payments"), log).providerFailed("order", err);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { "log.level": level, message: "payment provider failed" },
  ]);
});
