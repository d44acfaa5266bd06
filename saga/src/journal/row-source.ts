/** The rows that a statement writes, as a source that it can select from. */
export interface RowSource {
  /** Told apart in the names of prepared statements, for the text is another one. */
  readonly form: "batch" | "alone";
  /** What stands behind FROM, with the parameters from $1 on. */
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A column's type and its value in each row. */
export type Column = readonly [type: string, values: readonly unknown[]];

/**
 * A batch comes as one array for each column. The planner makes constants of a row that comes alone as values, which spares
 * it a function scan and a join: a sixth of an update's time, with its commit, where nobody else writes.
 */
export function rowSource(columns: readonly Column[]): RowSource {
  const isAlone = columns.every(([, values]) => values.length === 1);
  return isAlone
    ? { form: "alone", text: aloneText(columns), values: columns.map(([, [value]]) => value) }
    : { form: "batch", text: batchText(columns), values: columns.map(([, values]) => values) };
}

function batchText(columns: readonly Column[]): string {
  return `unnest(${columns.map(([type], index) => `$${index + 1}::${type}[]`).join(", ")})`;
}

function aloneText(columns: readonly Column[]): string {
  return `(VALUES (${columns.map(([type], index) => `$${index + 1}::${type}`).join(", ")}))`;
}
