import { createRequire } from "node:module";

const SummaryReporter = createRequire(import.meta.url)("./summary-reporter.cjs");

const cases = [
  { name: "all passed", counts: { passed: 3 }, line: "3 passed, 0 failed\n" },
  { name: "some failed", counts: { passed: 2, failed: 1 }, line: "2 passed, 1 failed\n" },
  { name: "a file could not run", counts: { passed: 2, broken: 1 }, line: "2 passed, 1 failed\n" },
  {
    name: "some are skipped or still to do",
    counts: { passed: 1, pending: 1, todo: 1 },
    line: "1 passed, 0 failed, 2 skipped\n",
  },
];

test.each(cases)("ends with one line when $name", ({ counts, line }) => {
  const write = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  const once = jest.spyOn(process, "once").mockImplementation((_event, listener) => {
    listener();
    return process;
  });
  try {
    new SummaryReporter().onRunComplete(new Set(), resultsOf(counts));
    expect(write.mock.calls).toEqual([[line]]);
  } finally {
    once.mockRestore();
    write.mockRestore();
  }
});

function resultsOf(counts: { passed?: number; failed?: number; broken?: number; pending?: number; todo?: number }) {
  return {
    numPassedTests: counts.passed ?? 0,
    numFailedTests: counts.failed ?? 0,
    numRuntimeErrorTestSuites: counts.broken ?? 0,
    numPendingTests: counts.pending ?? 0,
    numTodoTests: counts.todo ?? 0,
  };
}
