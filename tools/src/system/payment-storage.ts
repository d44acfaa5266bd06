import { join } from "node:path";
import { startEmbeddedMongo } from "../embedded-mongo.ts";
import type { RunFile } from "../supervisor/run-file.ts";
import type { Supervision } from "../supervisor/supervision.ts";
import type { DataFolder } from "./data-folder.ts";
import { describePlace, keepPaymentPlace, type PaymentChoice, type PaymentPlace } from "./payment-place.ts";
import type { Wiring } from "./service-table.ts";

export interface PaymentStorageOptions {
  folder: DataFolder;
  runFile: RunFile;
  supervision: Supervision;
  choice: PaymentChoice;
  /** Is told the MongoDB that the payments are kept in. */
  wiring: Wiring;
}

/** Starts what keeps the payments, where it does not run already, and gives the place with a word about it. */
export async function startPaymentStorage(
  options: PaymentStorageOptions,
): Promise<{ place: PaymentPlace; word: string }> {
  const { folder, choice } = options;
  const started = await startPlace(options);
  await keepPaymentPlace(folder.path, started.place);
  const left = choice.left === undefined ? "" : `; those in ${choice.left} stay there, and are not refunded from here`;
  return { place: started.place, word: `kept in ${describePlace(started.place)}${started.word}${left}` };
}

async function startPlace(options: PaymentStorageOptions): Promise<{ place: PaymentPlace; word: string }> {
  const { place, isFirst } = options.choice;
  switch (place.kind) {
    case "postgres":
      return { place, word: "" };
    case "uri":
      options.wiring.mongoUri = place.uri;
      return { place, word: "" };
    case "mongod":
      try {
        return { place, word: `, 127.0.0.1:${await startMongod(place.command, options)}` };
      } catch (err) {
        // Where payments are kept in it, nothing else will do.
        if (!isFirst) throw err;
        return { place: { kind: "postgres" }, word: `: ${(err as Error).message}` };
      }
    default:
      return place satisfies never;
  }
}

async function startMongod(command: string, options: PaymentStorageOptions): Promise<number> {
  const { folder, runFile, supervision, wiring } = options;
  const port = wiring.ports.mongo;
  const data = join(folder.path, "mongo");
  const process = supervision.supervise("mongod", async () => {
    const server = await startEmbeddedMongo({ command, folder: data, port, logFile: folder.logFile("mongod") });
    return runFile.note("mongod", server, data);
  });
  await process.start();
  wiring.mongoUri = mongoUri(port);
  return port;
}

function mongoUri(port: number): string {
  return `mongodb://127.0.0.1:${port}/payments?replicaSet=shop`;
}
