import { type Html, html } from "./html.ts";
import { percent, whole } from "./numbers.ts";

export interface Bar {
  readonly name: string;
  readonly count: number;
  /** Its colour, a class of the page's style. */
  readonly look: string;
}

/** Lying bars, each with its number and its share of all. */
export function bars(rows: readonly Bar[]): Html {
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  const highest = Math.max(1, ...rows.map(({ count }) => count));
  return html`<div class="bars">
${rows.map(
  ({ name, count, look }) =>
    html`<span class="name">${name}</span><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${look}" width="${((count / highest) * 100).toFixed(2)}" height="10"/></svg><span class="number">${whole(count)} <small>${percent(all === 0 ? 0 : count / all)}</small></span>
`,
)}</div>
`;
}
