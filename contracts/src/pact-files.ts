import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** In what the pacts that were written differ from those that are committed. */
export interface PactDifference {
  /** The pact's file name. */
  readonly file: string;
  /** What differs, in words. */
  readonly what: string;
}

/** A pact in the form in which it is committed: the same for the same interactions, whichever machine and order. */
export function toCommittedForm(text: string): string {
  const { consumer, provider, interactions, metadata } = JSON.parse(text) as Pact;
  const sorted = interactions.toSorted((left, right) => (left.description < right.description ? -1 : 1));
  const { pactSpecification } = metadata;
  return `${JSON.stringify(inOrder({ consumer, provider, interactions: sorted, metadata: { pactSpecification } }), null, 2)}\n`;
}

/** Puts all pacts of a folder into the form in which they are committed. */
export function tidyPacts(folder: string): void {
  for (const file of pactsIn(folder)) {
    const path = join(folder, file);
    writeFileSync(path, toCommittedForm(readFileSync(path, "utf8")));
  }
}

/** Compares the pacts of two folders, interaction by interaction. */
export function differencesOf(written: string, committed: string): PactDifference[] {
  const files = new Set([...pactsIn(written), ...pactsIn(committed)]);
  return [...files].sort().flatMap((file) => {
    const [now, before] = [written, committed].map((folder) => read(join(folder, file)));
    if (now === before) return [];
    if (now === undefined) return [{ file, what: "no consumer writes it any more" }];
    if (before === undefined) return [{ file, what: "it is new" }];
    return [{ file, what: inWords(interactionsOf(now), interactionsOf(before)) }];
  });
}

/** Makes one folder hold the pacts of another, and no others. */
export function replacePacts(committed: string, written: string): void {
  for (const file of pactsIn(committed)) rmSync(join(committed, file));
  mkdirSync(committed, { recursive: true });
  for (const file of pactsIn(written)) writeFileSync(join(committed, file), readFileSync(join(written, file)));
}

interface Pact {
  readonly consumer: object;
  readonly provider: object;
  readonly interactions: readonly { readonly description: string }[];
  readonly metadata: { readonly pactSpecification: object };
}

function pactsIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function interactionsOf(text: string): Map<string, string> {
  const { interactions } = JSON.parse(text) as Pact;
  return new Map(interactions.map((interaction) => [interaction.description, JSON.stringify(inOrder(interaction))]));
}

function inWords(now: ReadonlyMap<string, string>, before: ReadonlyMap<string, string>): string {
  const quoted = (descriptions: string[]) => descriptions.map((description) => `"${description}"`).join(", ");
  const parts = {
    new: [...now.keys()].filter((description) => !before.has(description)),
    gone: [...before.keys()].filter((description) => !now.has(description)),
    changed: [...now].filter(([key, value]) => before.has(key) && before.get(key) !== value).map(([key]) => key),
  };
  const told = Object.entries(parts).filter(([, descriptions]) => descriptions.length > 0);
  return told.map(([kind, descriptions]) => `${kind}: ${quoted(descriptions)}`).join("; ") || "its form differs";
}

/** The same JSON with the members of every object in alphabetical order. */
function inOrder(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(inOrder);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, inOrder(value)]));
}
