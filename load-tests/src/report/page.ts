import { type Bar, bars } from "./bars.ts";
import { type Html, html, when } from "./html.ts";
import { brief, clock, milliseconds, percent, short, span, whole } from "./numbers.ts";
import { overTime } from "./over-time.ts";
import type { RequestLine, RunResult } from "./result.ts";
import { style } from "./style.ts";
import { headline, kindName, outcomeMood, outcomeName, thingsOf } from "./words.ts";

/** The report: one page that needs nothing but itself. */
export function page(result: RunResult): string {
  return `<!doctype html>\n${html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${result.test}: ${result.isPassed ? "passed" : "failed"}</title>
${style}
</head>
<body>
<main>
${head(result)}
${verdicts(result)}
${tiles(result)}
<section><h2>Over the time of the run</h2>
${overTime(result)}
</section>
<div class="columns">
${spread(result)}
<div class="stack">
${outcomes(result)}
${settings(result)}
</div>
</div>
${requests(result)}
${howToRead(result)}
</main>
</body>
</html>
`}`;
}

function head(result: RunResult): Html {
  return html`<header>
<p class="kicker">Load test</p>
<h1>${result.test} <span class="badge ${result.isPassed ? "good" : "bad"}">${result.isPassed ? "passed" : "failed"}</span></h1>
<p class="lead">${result.says}</p>
</header>`;
}

function verdicts(result: RunResult): Html {
  return html`<section><h2>${sentence(headline(result))}</h2>
<ul class="verdicts">
${result.verdicts.map(
  ({ isKept, says, measured, metric, limit }) =>
    html`<li class="${isKept ? "good" : "bad"}"><span class="mark" aria-label="${isKept ? "kept" : "not kept"}">${isKept ? "✓" : "✗"}</span><span>${says}<small>${metric} ${limit}</small></span><b>${measured}</b></li>
`,
)}</ul>
</section>`;
}

function tiles(result: RunResult): Html {
  const things = thingsOf(result);
  const all = [
    [whole(result.main.count), things, `${short(result.mainPerSecond)} a second`],
    [tile(result.main.p50), "half within", `95 % within ${tile(result.main.p95)}`],
    [tile(result.main.p99), "99 % within", `longest ${tile(result.main.max)}`],
    [whole(result.errors), "errors", `of ${whole(result.requests)} requests`],
    [whole(result.peakUsers), "users at most", span(result.seconds)],
    result.test === "mixed"
      ? [whole(result.dropped), "calls dropped", "nobody was free for them"]
      : [whole(result.undos), "undos", "in sagas that were read"],
  ] as const;
  return html`<section class="tiles">
${all.map(([number, name, more]) => html`<div class="tile"><b>${number}</b><span>${name}</span><small>${more}</small></div>\n`)}</section>`;
}

function spread(result: RunResult): Html {
  const used = result.buckets.map(({ count }) => count > 0);
  const [first, last] = [used.indexOf(true), used.lastIndexOf(true)];
  const rows = result.buckets.map(({ below, count }, index): Bar => {
    const from = result.buckets[index - 1]?.below ?? "0";
    const isOpen = below === "more";
    return {
      name: isOpen ? `${whole(Number(from))} ms and more` : `${whole(Number(from))} – ${whole(Number(below))} ms`,
      count,
      look: !isOpen && Number(below) <= 500 ? "within" : !isOpen && Number(below) <= 1000 ? "slow" : "bad",
    };
  });
  return html`<section><h2>Durations by size</h2>
${first === -1 ? html`<p>Nothing was measured.</p>` : bars(rows.slice(first, last + 1))}
</section>`;
}

function outcomes(result: RunResult): Html {
  return html`<section><h2>What became of ${result.test === "mixed" ? "the calls" : "the orders"}</h2>
${bars(result.outcomes.map(({ outcome, count }) => ({ name: outcomeName(outcome), count, look: outcomeMood(outcome) })))}
<p class="note">Green went through, blue is a refusal that the customer's order was made for, red is trouble.</p>
</section>`;
}

function requests({ lines, errorCodes }: RunResult): Html {
  return html`<section><h2>All requests</h2>
<div class="wide"><table>
<thead><tr><th>request</th><th>door</th><th class="number">answered</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th><th class="number">longest</th><th class="number">errors</th></tr></thead>
<tbody>
${lines.map(requestRow)}</tbody>
</table></div>
${when(errorCodes.length > 0, () => html`<h3>Errors by code</h3>${bars(errorCodes.map(({ code, count }) => ({ name: code === "other" ? "others" : code, count, look: "bad" })))}`)}
</section>`;
}

function requestRow({ kind, door, durations, errors }: RequestLine): Html {
  const { count, p50, p95, p99, max } = durations;
  return html`<tr><td>${kindName(kind)}</td><td>${door === "rest" ? "REST" : "gRPC"}</td><td class="number">${whole(count)}</td>${[p50, p95, p99, max].map((value) => html`<td class="number">${duration(value)}</td>`)}<td class="number ${errors > 0 ? "trouble" : ""}">${whole(errors)}</td></tr>
`;
}

function settings(result: RunResult): Html {
  const rows = [
    ["Begun", `${result.startedAt.replace("T", " ").slice(0, 19)} UTC`],
    [
      "Length",
      `${span(result.seconds)}${result.scale === 1 ? "" : `, shortened to ${percent(result.scale)} of the full test`}`,
    ],
    ["Users", `up to ${whole(result.peakUsers)}, through ${result.doors}`],
    ["Against", result.targets.join(", ")],
    ["Machine", result.machine],
    ["Charts", `one point for ${span(result.slotSeconds)}, by when a request was sent`],
  ] as const;
  return html`<section><h2>This run</h2>
<dl>
${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
</section>`;
}

function howToRead(result: RunResult): Html {
  return html`<section><h2>How to read it</h2>
<p><b>p50, p95 and p99</b>: half, 95 and 99 of 100 ${thingsOf(result)} were answered within this time. A line that climbs while the users (grey) do
not is a queue that grows; one that climbs with them and comes down again is a machine that is full. <b>Errors</b> are requests that were
not answered as they may be; a declined payment or an address that is not served is an answer. Rest the mouse on a chart for its numbers.</p>
<details><summary>The numbers behind the charts</summary>
<div class="wide"><table>
<thead><tr><th class="number">time</th><th class="number">users</th><th class="number">${thingsOf(result)} / s</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th><th class="number">requests</th><th class="number">errors</th></tr></thead>
<tbody>
${result.series.map(
  ({
    atSeconds,
    users,
    perSecond,
    durations,
    requests: sent,
    errorShare,
  }) => html`<tr><td class="number">${clock(atSeconds)}</td><td class="number">${whole(users)}</td><td class="number">${short(perSecond)}</td>${[durations.p50, durations.p95, durations.p99].map((value) => html`<td class="number">${duration(value)}</td>`)}<td class="number">${whole(sent)}</td><td class="number">${percent(errorShare)}</td></tr>
`,
)}</tbody>
</table></div></details>
</section>`;
}

function duration(value: number | undefined): string {
  return value === undefined ? "–" : milliseconds(value);
}

function tile(value: number | undefined): string {
  return value === undefined ? "–" : brief(value);
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
