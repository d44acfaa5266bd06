import { type Html, html } from "./html.ts";
import { clock } from "./numbers.ts";

/** A line of a chart; where there is no value it has a gap. */
export interface Line {
  readonly name: string;
  /** Its colour, a class of the page's style. */
  readonly look: string;
  readonly values: readonly (number | undefined)[];
}

/** A chart over the time of the run. The picture stretches with the page; the words beside it do not. */
export interface Chart {
  readonly title: string;
  readonly note?: string;
  readonly lines: readonly Line[];
  /** Values that are drawn as a line across, where they fit into the picture. */
  readonly limits?: readonly { readonly value: number; readonly name: string }[];
  /** Drawn as a grey hill behind the lines, on a scale of its own. */
  readonly hill?: readonly number[];
  /** The least that the scale reaches to. */
  readonly atLeast: number;
  readonly format: (value: number) => string;
  readonly seconds: number;
  readonly slotSeconds: number;
}

const WIDTH = 1000;
const HEIGHT = 200;

export function chart(what: Chart): Html {
  const top = niceTop(Math.max(what.atLeast, ...what.lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const y = (value: number) => HEIGHT - (Math.min(value, top) / top) * HEIGHT;
  return html`<figure class="chart">
<figcaption><b>${what.title}</b> ${legend(what)}${what.note === undefined ? "" : html`<span class="note">${what.note}</span>`}</figcaption>
<div class="plot">
<div class="scale">${[top, top / 2, 0].map((value) => html`<span>${what.format(value)}</span>`)}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${ariaLabel(what)}">
${hillPath(what)}
${[0, HEIGHT / 2, HEIGHT].map((at) => html`<line class="grid" x1="0" x2="${WIDTH}" y1="${at}" y2="${at}"/>`)}
${(what.limits ?? []).filter(({ value }) => value <= top).map(({ value, name }) => html`<line class="limit" x1="0" x2="${WIDTH}" y1="${y(value)}" y2="${y(value)}"><title>${name}</title></line>`)}
${what.lines.map((line) => linePath(line, what, y))}
${hoverAreas(what)}
</svg>
<div class="times">${times(what.seconds).map((at) => html`<span>${clock(at)}</span>`)}</div>
</div>
</figure>
`;
}

function legend({ lines, limits = [] }: Chart): Html {
  const names = lines.length > 1 ? lines.map(({ name, look }) => html`<i class="${look}"></i>${name} `) : [];
  const marks = limits.map(({ name }) => html`<i class="limit-mark"></i>${name} `);
  return html`<span class="legend">${[...names, ...marks]}</span>`;
}

function linePath({ look, values }: Line, what: Chart, y: (value: number) => number): Html {
  let isDown = false;
  const commands = values.flatMap((value, slot) => {
    if (value === undefined) {
      isDown = false;
      return [];
    }
    const command = `${isDown ? "L" : "M"}${round(x(what, slot + 0.5))} ${round(y(value))}`;
    const isAlone = !isDown && values[slot + 1] === undefined;
    isDown = true;
    return isAlone ? [command, "h0.1"] : [command];
  });
  return html`<path class="line ${look}" d="${commands.join("")}"/>`;
}

function hillPath(what: Chart): Html {
  const { hill = [] } = what;
  const highest = Math.max(...hill, 1);
  if (hill.length === 0) return html``;
  const points = hill.map(
    (value, slot) => `L${round(x(what, slot + 0.5))} ${round(HEIGHT - (value / highest) * HEIGHT)}`,
  );
  const first = `M0 ${HEIGHT}L0 ${round(HEIGHT - ((hill[0] ?? 0) / highest) * HEIGHT)}`;
  const last = `L${WIDTH} ${round(HEIGHT - ((hill.at(-1) ?? 0) / highest) * HEIGHT)}L${WIDTH} ${HEIGHT}Z`;
  return html`<path class="hill" d="${first}${points.join("")}${last}"/>`;
}

/** What a mouse that rests on the picture is told. */
function hoverAreas(what: Chart): Html[] {
  const count = what.lines[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, slot) => {
    const values = what.lines.map(({ name, values }) => {
      const value = values[slot];
      return `${name} ${value === undefined ? "–" : what.format(value)}`;
    });
    const users = what.hill === undefined ? [] : [`${what.hill[slot] ?? 0} users`];
    const left = x(what, slot);
    return html`<rect class="hover" x="${round(left)}" y="0" width="${round(x(what, slot + 1) - left)}" height="${HEIGHT}"><title>${clock(slot * what.slotSeconds)}: ${[...values, ...users].join(", ")}</title></rect>`;
  });
}

/** The whole run in four to six equal parts, of whole minutes where that can be. */
function times(seconds: number): number[] {
  const parts =
    [5, 4, 6].find((count) => (seconds / count) % 60 === 0) ?? [5, 4, 6].find((count) => seconds % count === 0);
  return Array.from({ length: (parts ?? 4) + 1 }, (_, part) => (part * seconds) / (parts ?? 4));
}

function x({ seconds, slotSeconds }: Chart, slot: number): number {
  return Math.min(WIDTH, ((slot * slotSeconds) / seconds) * WIDTH);
}

/** The next round number. */
export function niceTop(highest: number): number {
  const power = 10 ** Math.floor(Math.log10(highest));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= highest) ?? 10) * power;
}

function ariaLabel({ title, lines, format }: Chart): string {
  const highest = lines.map(
    ({ name, values }) => `${name} at most ${format(Math.max(0, ...values.map((value) => value ?? 0)))}`,
  );
  return `${title}: ${highest.join(", ")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
