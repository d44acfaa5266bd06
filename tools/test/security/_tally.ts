/** Counts attacks by what was attacked and where, and remembers those that were not refused. */
export interface Tally {
  /** Counts one attempt; `breach` says what came back where it was not refused. */
  count(attack: string, door: string, breach?: string): void;
  /** Every attempt that was not refused since this was asked last, with what came back. */
  takeBreaches(): string[];
  readonly attempts: number;
  /** The table: a row for each attack, a column for each door, `refused/tried` in each cell. */
  print(title: string): void;
}

interface Cell {
  tried: number;
  refused: number;
}

const MOST_BREACHES = 200;

export function createTally(): Tally {
  const rows = new Map<string, Map<string, Cell>>();
  const breaches: string[] = [];
  let attempts = 0;

  return {
    takeBreaches: () => breaches.splice(0),
    get attempts() {
      return attempts;
    },
    count(attack, door, breach) {
      attempts += 1;
      const row = rows.get(attack) ?? new Map<string, Cell>();
      const cell = row.get(door) ?? { tried: 0, refused: 0 };
      cell.tried += 1;
      if (breach === undefined) cell.refused += 1;
      else if (breaches.length < MOST_BREACHES) breaches.push(`${attack} at ${door}: ${breach}`);
      rows.set(attack, row.set(door, cell));
    },
    print(title) {
      const doors = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
      const body = [...rows].map(([attack, row]) => [attack, ...doors.map((door) => shown(row.get(door)))]);
      process.stdout.write(`\n${title} (${attempts} attempts)\n${textTable([["", ...doors], ...body])}\n`);
    },
  };
}

function shown(cell: Cell | undefined): string {
  return cell === undefined ? "-" : `${cell.refused}/${cell.tried}`;
}

/** Rows of cells under one another. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
