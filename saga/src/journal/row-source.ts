/** The rows that a statement writes, as a source that it can select from. */
export interface RowSource {
  /** Told apart in the names of prepared statements, for the text is another one. */
  readonly form: "batch" | "alone";
  /** What stands behind FROM, with the parameters from $1 on. */
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Makes sources of rows whose columns have these types. A batch comes as one array for each column. The planner makes
 * constants of a row that comes alone as values, which spares it a function scan and a join: a sixth of an update's time,
 * with its commit, where nobody else writes.
 */
export function rowSourceOf<Row>(columns: readonly Column<Row>[]): (rows: readonly Row[]) => RowSource {
  const alone = `(VALUES (${columns.map(([type], index) => `$${index + 1}::${type}`).join(", ")}))`;
  const batch = `unnest(${columns.map(([type], index) => `$${index + 1}::${type}[]`).join(", ")})`;
  return (rows) => {
    const [row] = rows;
    return row !== undefined && rows.length === 1
      ? { form: "alone", text: alone, values: columns.map(([, valueIn]) => valueIn(row)) }
      : { form: "batch", text: batch, values: columns.map(([, valueIn]) => rows.map(valueIn)) };
  };
}

/** A column's type and its value in a row. */
export type Column<Row> = readonly [type: string, valueIn: (row: Row) => unknown];
