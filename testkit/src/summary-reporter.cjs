/**
 * Ends a run with one line alone: `N passed, N failed`, and `, N skipped` where there are any. A file that could not run
 * counts as one failed test.
 */
module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const counts = [`${results.numPassedTests} passed`, `${failed} failed`];
    if (skipped > 0) counts.push(`${skipped} skipped`);
    // jest writes its own summary after all other reporters.
    process.once("exit", () => process.stdout.write(`${counts.join(", ")}\n`));
  }
};
