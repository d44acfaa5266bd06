// A process of its own: a server that answers with what it is sent, and notes each call in a file before it answers.
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { serveEchoes } from "./_grpc-batch.ts";

const [, , ledger = "", port = "0"] = process.argv;
const harness = await serveEchoes(
  async ({ orderId }) => {
    appendFileSync(ledger, `${orderId}\n`);
    await delay(Math.random() * 10);
    return { orderId };
  },
  { port: Number(port) },
);
process.send?.({ port: harness.server.port });
process.on("disconnect", () => process.exit());
