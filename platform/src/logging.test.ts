import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runWithCorrelation } from "./correlation.ts";
import { AppError } from "./errors.ts";
import { createLog, type Log } from "./logging.ts";

const canary = "hunter2";

test("writes a line of the Elastic Common Schema", () => {
  const { log, lines } = capture();
  log.info({ orderId: "o-1", attempt: 2, durationMs: 1.5, component: "relay" }, "order stored");
  expect(lines()).toEqual([
    expect.objectContaining({
      "log.level": "info",
      "@timestamp": expect.stringMatching(/^\d{4}-.*Z$/),
      "ecs.version": expect.any(String),
      "service.name": "test-service",
      "labels.order_id": "o-1",
      "labels.attempt": 2,
      "event.duration": 1_500_000,
      "log.logger": "relay",
      message: "order stored",
    }),
  ]);
});

test("takes correlation and trace from the request it runs for", () => {
  const { log, lines } = capture();
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  runWithCorrelation({ correlationId: "c-1", traceparent }, () => log.child({ component: "a" }).info("inside"));
  log.info("outside");
  const [inside, outside] = lines();
  expect(inside).toMatchObject({ "labels.correlation_id": "c-1", "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736" });
  expect(Object.keys(outside ?? {}).filter((field) => /correlation|trace/.test(field))).toEqual([]);
});

const leaks: { name: string; write: (log: Log) => void }[] = [
  { name: "a field that nobody listed", write: (log) => log.info({ password: canary }, "x") },
  { name: "an object under a listed field", write: (log) => log.info({ status: { token: canary } }, "x") },
  { name: "an object in a listed list", write: (log) => log.info({ status: [{ token: canary }] }, "x") },
  { name: "a child's field", write: (log) => log.child({ authorization: canary }).info("x") },
  { name: "a grandchild's field", write: (log) => log.child({ step: "a" }).child({ card: canary }).info("x") },
  { name: "an error's own properties", write: (log) => log.error({ err: errorWith({ body: canary }) }, "x") },
  { name: "a cause that is no error", write: (log) => log.error({ err: new Error("x", { cause: { canary } }) }, "x") },
  { name: "an error that is an object", write: (log) => log.error({ err: { token: canary } }, "x") },
  { name: "the body that JSON.parse quotes", write: (log) => log.error({ err: parseError(`{"p":${canary}}`) }, "x") },
  { name: "a request", write: (log) => log.info({ method: "GET", headers: { cookie: canary }, socket: {} }, "x") },
];

test.each(leaks)("does not show $name", ({ write }) => {
  const { log, text } = capture();
  write(log);
  expect(text()).not.toContain(canary);
  expect(text()).toContain('"message":"x"');
});

test("shows what the service itself lists", () => {
  const { log, lines } = capture(["reservationId"]);
  log.info({ reservationId: "r-1" }, "x");
  expect(lines()[0]).toMatchObject({ "labels.reservation_id": "r-1" });
});

test("tells an error with its code and all its causes", () => {
  const { log, lines } = capture();
  const deepest = Object.assign(new Error("connect refused"), { code: "ECONNREFUSED" });
  const err = new AppError("UNAVAILABLE", "No database.", { cause: new AggregateError([deepest], "all failed") });
  log.error({ err }, "order not stored");
  log.error(err);
  const [first, second] = lines();
  expect(first?.error).toMatchObject({ type: "AppError", message: "No database.", code: "UNAVAILABLE" });
  expect(first?.error).toEqual(second?.error);
  const stack = (first?.error as { stack_trace: string } | undefined)?.stack_trace;
  expect(stack).toContain("logging.test.ts");
  expect(stack).toContain("caused by AggregateError: all failed");
  expect(stack).toContain("caused by Error: connect refused");
});

test("ends although an error is its own cause", () => {
  const { log, text } = capture();
  const err = new Error("round");
  err.cause = err;
  log.error({ err }, "x");
  expect(text()).toContain("caused by Error: round");
});

test("writes nothing below its level", () => {
  const { log, text } = capture();
  log.debug("x");
  expect(text()).toBe("");
});

test("loses nothing when the process exits", async () => {
  const script = `
    import { createLog } from ${JSON.stringify(`${import.meta.dirname}/logging.ts`)};
    const log = createLog({ service: "x", level: "info" });
    for (let count = 0; count < 2000; count += 1) log.info({ count }, "line");
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    maxBuffer: 10_000_000,
  });
  const counts = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line)["labels.count"]);
  expect(new Set(counts).size).toBe(2000);
});

function capture(fields?: string[]) {
  const written: string[] = [];
  const log = createLog({
    service: "test-service",
    level: "info",
    fields,
    destination: { write: (line: string) => void written.push(line) },
  });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, text: () => written.join("") };
}

function errorWith(properties: object): Error {
  return Object.assign(new Error("failed"), properties);
}

function parseError(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (err) {
    return err;
  }
}
