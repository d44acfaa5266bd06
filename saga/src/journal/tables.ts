import pg from "pg";

/** The names of the journal's tables, quoted once. */
export interface Tables {
  readonly sagas: string;
  /** The column of `sagas` that holds the key. */
  readonly key: string;
  readonly owners: string;
  readonly deadLetters: string;
}

/** Quotes the names that the service gives, and adds those that are fixed. */
export function quotedTables(table: string, keyColumn: string): Tables {
  return {
    sagas: pg.escapeIdentifier(table),
    key: pg.escapeIdentifier(keyColumn),
    owners: "saga_owners",
    deadLetters: "saga_dead_letters",
  };
}
