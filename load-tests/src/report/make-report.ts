import { page } from "./page.ts";
import { type RunInput, resultOf } from "./result.ts";
import { textSummary } from "./text-summary.ts";

/** What handleSummary answers: the text for the terminal, and the files to write. */
export function makeReport(input: RunInput): Record<string, string> {
  const result = resultOf(input);
  const path = `${input.settings.resultsDir}/${result.test}`;
  return {
    stdout: `${textSummary(result)}\n  Report   ${path}-report.html\n\n`,
    [`${path}-summary.json`]: `${JSON.stringify(result, undefined, 2)}\n`,
    [`${path}-report.html`]: page(result),
  };
}
