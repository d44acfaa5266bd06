import { AppError, isErrorLike } from "@shop/platform/errors";
import type { Log } from "@shop/platform/logging";
import { type Collection, type Db, type Document, MongoClient, type MongoClientOptions, ReadConcern } from "mongodb";
import { toStoreError } from "./mongo-errors.ts";

/** A MongoDB database whose every operation has a limit, and whose every acknowledged write a majority has on disk. */
export interface MongoConnection {
  collection<Stored extends Document>(name: string): Collection<Stored>;
  /** Goes with every operation on a collection. */
  readonly limit: { readonly maxTimeMS: number };
  /** The time by the primary's clock. */
  now(): Promise<Date>;
  /** What kind of server answers. Rejects where none does that can be written to. */
  inspect(): Promise<{ isReplicated: boolean; version: string }>;
  /** Rejects where no server answers that can be written to. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface MongoConnectionOptions {
  /** The connection string. It may not weaken what is said here: the settings below win over its own. */
  uri: string;
  /** What the server's list of connections shows. */
  applicationName: string;
  log: Log;
  limits?: Partial<MongoLimits>;
}

/** The longest waits, in milliseconds. Together they are shorter than a lease. */
export interface MongoLimits {
  /** For a server that can be written to, a connection to it, and a free one of those; default 1,000 each. */
  connectMs: number;
  /** For the server to work on an operation, and for a majority to have written it; default 2,000. */
  operationMs: number;
  /** Only a network that swallows the server's answer lets this one strike; default 3,000. */
  networkMs: number;
}

const defaultLimits: MongoLimits = { connectMs: 1000, operationMs: 2000, networkMs: 3000 };

/** The database where the connection string names none. */
const defaultDatabase = "payments";

/** Makes a connection; it is opened by the first operation. */
export function connectMongo({ uri, applicationName, log, limits }: MongoConnectionOptions): MongoConnection {
  const { connectMs, operationMs, networkMs } = { ...defaultLimits, ...limits };
  const client = openClient(uri, {
    appName: applicationName,
    serverSelectionTimeoutMS: connectMs,
    connectTimeoutMS: connectMs,
    waitQueueTimeoutMS: connectMs,
    socketTimeoutMS: networkMs,
    maxPoolSize: 20,
    // Whether something is tried again is for the saga to say, and a write that was tried again could find itself in its
    // own way: its guard would seem not to hold.
    retryWrites: false,
    retryReads: false,
    ignoreUndefined: true,
  });
  client.on("serverHeartbeatFailed", ({ failure }) => log.debug({ err: failure }, "MongoDB does not answer"));
  // Said of the database and not of the client, where a connection string's `readConcernLevel=local` would count for more.
  const db = client.db(databaseNameIn(uri), {
    writeConcern: { w: "majority", journal: true, wtimeoutMS: operationMs },
    readConcern: new ReadConcern("majority"),
    readPreference: "primary",
  });
  return {
    collection: (name) => db.collection(name),
    limit: { maxTimeMS: operationMs },
    now: async () => (await hello(db)).localTime,
    async inspect() {
      const [{ setName, msg }, { version }] = await Promise.all([
        writable(db),
        ask(() => db.command({ buildInfo: 1 })),
      ]);
      return { isReplicated: setName !== undefined || msg === "isdbgrid", version: String(version) };
    },
    async check() {
      const limit = { projection: { _id: 1 }, maxTimeMS: operationMs };
      await Promise.all([writable(db), ask(() => db.collection("payments").findOne({}, limit))]);
    },
    close: () => client.close(),
  };
}

/** Runs one operation; whatever goes wrong becomes the store's own error. */
export async function ask<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (err) {
    throw toStoreError(err);
  }
}

/** The driver's own message may show the connection string, with the password in it. */
function openClient(uri: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(uri, options);
  } catch (err) {
    const kind = isErrorLike(err) ? err.name : "an error";
    throw new Error(`MONGO_URI cannot be used: the driver refuses it with ${kind}.`);
  }
}

function databaseNameIn(uri: string): string {
  const path = /^[^/]+\/\/[^/?]+\/([^?]*)/.exec(uri)?.[1] ?? "";
  return path === "" ? defaultDatabase : decodeURIComponent(path);
}

interface Hello extends Document {
  localTime: Date;
  isWritablePrimary: boolean;
  setName?: string;
  msg?: string;
}

async function hello(db: Db): Promise<Hello> {
  return (await ask(() => db.command({ hello: 1 }))) as Hello;
}

/** A connection string that names one member directly reaches that one also where it is no primary, and may read from it. */
async function writable(db: Db): Promise<Hello> {
  const answer = await hello(db);
  if (!answer.isWritablePrimary) throw new AppError("UNAVAILABLE", "The payment store takes no writes.");
  return answer;
}
