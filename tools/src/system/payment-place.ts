import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartFault } from "../start-fault.ts";

/** Where payments are kept: in the operator's MongoDB, in a `mongod` of ours, or in the embedded PostgreSQL. */
export type PaymentPlace = { kind: "uri"; uri: string } | { kind: "mongod"; command: string } | { kind: "postgres" };

export interface PaymentPlaceOptions {
  /** The data folder; it remembers the place. */
  dataFolder: string;
  /** The folder of the embedded PostgreSQL. */
  postgresFolder: string;
  /** MONGO_URI. */
  mongoUri: string | undefined;
  /** The `mongod` that was found. */
  mongod: string | undefined;
}

export interface PaymentChoice {
  place: PaymentPlace;
  /** Whether no payment can be anywhere yet. */
  isFirst: boolean;
  /** In words, where the payments of before are, and stay. */
  left?: string;
}

/**
 * Chooses the place: MONGO_URI's, else a `mongod`, else PostgreSQL. An installation that has payments keeps to its place,
 * also where a `mongod` turns up later: a refund that looked elsewhere would find no payment, and give nothing back. Only
 * MONGO_URI moves it, for whoever sets it knows.
 */
export async function choosePaymentPlace(options: PaymentPlaceOptions): Promise<PaymentChoice> {
  const { mongoUri: uri, mongod: command } = options;
  const kept = await keptPlace(options);
  const place = placeNow(kept, uri, command);
  if (kept === undefined) return { place, isFirst: true };
  return { place, isFirst: false, ...(place.kind !== kept && { left: names[kept] }) };
}

/** Makes the place that of the installation. */
export async function keepPaymentPlace(dataFolder: string, { kind }: PaymentPlace): Promise<void> {
  await writeFile(noteIn(dataFolder), `${kind}\n`, { mode: 0o600 });
}

/** The place in words. */
export function describePlace({ kind }: PaymentPlace): string {
  return names[kind];
}

type Kind = PaymentPlace["kind"];

const names: Record<Kind, string> = { uri: "the MongoDB of MONGO_URI", mongod: "MongoDB", postgres: "PostgreSQL" };

function placeNow(kept: Kind | undefined, uri: string | undefined, command: string | undefined): PaymentPlace {
  if (uri) return { kind: "uri", uri };
  if (kept === "uri") throw gone("the MongoDB of MONGO_URI, which is not set: set it");
  if (kept === "mongod" && command === undefined) throw gone("MongoDB, and no `mongod` is on PATH: install it");
  return kept !== "postgres" && command !== undefined ? { kind: "mongod", command } : { kind: "postgres" };
}

function gone(what: string): StartFault {
  return new StartFault(
    `The payments of this data folder are kept in ${what}, or choose another folder with --data-dir.`,
  );
}

function noteIn(dataFolder: string): string {
  return join(dataFolder, "payments-place");
}

async function keptPlace({ dataFolder, postgresFolder }: PaymentPlaceOptions): Promise<Kind | undefined> {
  const text = await readFile(noteIn(dataFolder), "utf8").catch(() => ""); // none yet
  const kind = (Object.keys(names) as Kind[]).find((known) => known === text.trim());
  if (kind !== undefined) return kind;
  // An installation without the note is new, or older than the choice.
  const isOld = await access(join(postgresFolder, "cluster")).then(
    () => true,
    () => false,
  );
  return isOld ? "postgres" : undefined;
}
