import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPacts } from "./config.ts";

/** What came of verifying one pact. */
export interface Verification {
  /** What Pact says it has verified, by the descriptions of the interactions. */
  readonly verified: readonly string[];
  /** What was played against the provider, by the descriptions; one that was played twice stands here twice. */
  readonly played: readonly string[];
  /** What the answers lacked, and what went wrong on the way to them, by description. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
}

/** The pact of a consumer and a provider. */
export function pactFile(consumer: string, provider: string): string {
  return join(readPacts(), `${consumer}-${provider}.json`);
}

/** The descriptions of the interactions that a pact holds. */
export function descriptionsIn(file: string): string[] {
  const pact = JSON.parse(readFileSync(file, "utf8")) as { interactions: { description: string }[] };
  return pact.interactions.map(({ description }) => description);
}

/** Reads Pact's own account of a verification: what it gives where all is well, or rejects with where it is not. */
export async function accountOf(verification: Promise<unknown>): Promise<Omit<Verification, "played">> {
  const [end] = await Promise.allSettled([verification]);
  const account = end.status === "fulfilled" ? end.value : String((end.reason as Error).message);
  const { interactionResults, errors } = parse(account);
  const faults = new Map(interactionResults.map(({ description, mismatch }) => [description, faultsIn(mismatch)]));
  for (const { interaction, mismatch } of errors) {
    // Pact puts the pact before the description here.
    const description = interactionResults.find((result) =>
      interaction.endsWith(` - ${result.description}`),
    )?.description;
    faults.set(description ?? interaction, faultsIn(mismatch));
  }
  return { verified: interactionResults.map(({ description }) => description), faults };
}

interface Account {
  readonly interactionResults: readonly { readonly description: string; readonly mismatch?: Mismatch }[];
  readonly errors: readonly { readonly interaction: string; readonly mismatch: Mismatch }[];
}

interface Mismatch {
  readonly mismatches?: readonly { readonly mismatch?: string; readonly path?: string }[];
}

function parse(account: unknown): Account {
  try {
    return JSON.parse(String(account)) as Account;
  } catch (cause) {
    throw new Error(`Pact could not verify: ${account}`, { cause });
  }
}

function faultsIn(mismatch: Mismatch | undefined): string[] {
  if (mismatch === undefined) return [];
  if (mismatch.mismatches === undefined) return [JSON.stringify(mismatch)];
  return mismatch.mismatches.map(({ path, mismatch: what, ...more }) =>
    what === undefined ? JSON.stringify(more) : [path, what].filter(Boolean).join(": "),
  );
}
