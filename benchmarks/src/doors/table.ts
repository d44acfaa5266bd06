/** One line of the result. Times in milliseconds; what was not measured, or could not be, is left out or NaN. */
export interface Row {
  readonly part: string;
  readonly name: string;
  /** Processor time of one, in the process that is measured. */
  readonly doorMs?: number;
  /** Processor time of one, in the process behind it. */
  readonly behindMs?: number;
  /** The share of the time in which the door's event loop could have run and had no core, from 0 to 1. */
  readonly waited?: number;
  readonly latency?: { readonly p50: number; readonly p95: number; readonly p99: number; readonly count: number };
  readonly goal?: Goal;
}

/** What was aimed at, in words, and whether it was reached. */
export interface Goal {
  readonly text: string;
  readonly isReached: boolean;
}

/** What else the machine did. */
export interface Machine {
  readonly cores: number;
  /** Load averages over a minute, before and after. */
  readonly loads: readonly [number, number];
}

/** The row with a goal, by what it says of it. */
export function aimedAt(row: Row, text: string, isReached: (row: Row) => boolean): Row {
  return { ...row, goal: { text, isReached: isReached(row) } };
}

/** The result in the form for machines, on one line. */
export function jsonOf(rows: readonly Row[], machine: Machine): string {
  return JSON.stringify({ machine, rows });
}

/** The result in the form for people. */
export function tableOf(rows: readonly Row[], { cores, loads }: Machine): string {
  const parts = [...new Set(rows.map(({ part }) => part))];
  const lines = parts.flatMap((part) => ["", part, ...rows.filter((row) => row.part === part).map(lineOf)]);
  const state = `${cores} cores, load ${loads.map((load) => load.toFixed(1)).join(" before and ")} after`;
  return [...head, ...lines, "", state].join("\n");
}

const head = [
  "                                      processor time, ms  a second  waits for       latency in ms",
  "                                         door    behind  per core     a core      p50      p95      p99  goal",
];

function lineOf({ name, doorMs, behindMs, waited, latency, goal }: Row): string {
  const columns = [
    `  ${name}`.padEnd(36),
    column(doorMs, 4, 8),
    column(behindMs, 4, 9),
    column(doorMs && 1000 / doorMs, 0, 9),
    column(waited && 100 * waited, 0, 8, " %"),
    ...[latency?.p50, latency?.p95, latency?.p99].map((value) => column(value, 2, 8)),
    goal ? ` ${goal.text}: ${goal.isReached ? "reached" : "missed"}` : "",
  ];
  return columns.join(" ").trimEnd();
}

function column(value: number | undefined, digits: number, width: number, unit = ""): string {
  const text = value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits);
  return text.padStart(width) + (text === "-" ? unit.replace(/./g, " ") : unit);
}
