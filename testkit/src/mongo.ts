import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { MongoClient } from "mongodb";
import { writeFakeMongod } from "./mongo/java-server.ts";
import type { DeskAnswer } from "./mongo/mongo-desk.ts";
import type { MongoWay } from "./mongo/mongo-way.ts";

/** A MongoDB database for one test file. */
export interface TestMongo {
  /** The connection string of a database that nobody else uses. */
  uri: string;
  /** Removes the database. */
  drop(): Promise<void>;
}

const limitMs = 60_000;

/** Creates a database on MONGO_URI, or on the server of this run; the first who asks waits until it is started. */
export async function createTestMongo(): Promise<TestMongo> {
  const uri = named(process.env.MONGO_URI || (await askDesk()), `test_${randomUUID().replaceAll("-", "")}`);
  return { uri, drop: () => drop(uri) };
}

/**
 * A `describe` whose tests need a MongoDB. Where there is none they are skipped, with the reason in their name; with
 * REQUIRE_MONGO set, that is a failure.
 */
export function describeWithMongo(name: string, tests: () => void): void {
  const way = mongoWay();
  if (way.kind !== "none") describe(name, tests);
  else if (!process.env.REQUIRE_MONGO) describe.skip(`${name}: there is ${way.why}`, tests);
  else {
    test(`${name} have a MongoDB`, () => {
      throw new Error(`REQUIRE_MONGO is set, and there is ${way.why}.`);
    });
  }
}

/** As {@link describeWithMongo}, for tests that start a `mongod` themselves: with MONGO_URI there may be none to start. */
export function describeWithMongod(name: string, tests: () => void): void {
  if (mongoWay().kind === "uri") describe.skip(`${name}: MONGO_URI names a server, and none is started`, tests);
  else describeWithMongo(name, tests);
}

/**
 * A `mongod` to start: the one on PATH, or a script in `folder` that takes its arguments and starts the server in Java.
 * That one keeps nothing, but can be made to think that it had another port when it was last started, as the one member of
 * the replica set `wasElsewhere`. Rejects where there is neither; {@link describeWithMongod} sees to that.
 */
export async function findTestMongod(
  folder: string,
  { wasElsewhere }: { wasElsewhere?: string } = {},
): Promise<string> {
  const way = mongoWay();
  if (way.kind === "mongod") return way.command;
  if (way.kind === "java") return writeFakeMongod(folder, way.jars, wasElsewhere);
  throw new Error("There is no mongod to start.");
}

function mongoWay(): MongoWay {
  return JSON.parse(process.env.TEST_MONGO_WAY ?? '{"kind":"none","why":"no global setup of jest\'s config"}');
}

async function askDesk(): Promise<string> {
  const port = Number(process.env.TEST_MONGO_DESK);
  if (!(port > 0)) throw new Error("TEST_MONGO_DESK is not set: run the test through jest's config.");
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setTimeout(limitMs, () => socket.destroy(new Error("The test server did not start in time.")));
  const answer: DeskAnswer = JSON.parse(await text(socket));
  if ("fault" in answer) throw new Error(answer.fault);
  return answer.uri;
}

/** The connection string with another database in it. */
function named(uri: string, database: string): string {
  const [, server, , options = ""] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  if (server === undefined) throw new Error("MONGO_URI must be a connection string such as mongodb://host:27017/");
  return `${server}/${database}${options}`;
}

async function drop(uri: string): Promise<void> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5000, socketTimeoutMS: 15_000 });
  try {
    await client.db().dropDatabase();
  } finally {
    await client.close();
  }
}
