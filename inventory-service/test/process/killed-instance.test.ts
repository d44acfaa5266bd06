import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fromUnknown } from "@shop/platform/errors";
import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { createTestDatabase, type TestDatabase } from "@shop/testkit/database";
import { createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import pg from "pg";
import { demoProduct, line, orderId } from "../_running-service.ts";

/** The service as a process, and a way to it. */
interface Instance {
  readonly process: ChildProcess;
  readonly client: RpcClient<typeof InventoryServiceService>;
}

const units = 200;
const buyers = 600;
const soldOut = 24;
const giveUpAfterMs = 60_000;

let database: TestDatabase;
let identity: TestIdentity;
let books: pg.Client;
const instances: Instance[] = [];
let unanswered = 0;

beforeAll(async () => {
  [database, identity] = await Promise.all([createTestDatabase(), createTestIdentity()]);
  instances.push(await startInstance(), await startInstance());
  books = new pg.Client({ connectionString: database.url });
  await books.connect();
  await books.query("UPDATE products SET on_hand = $2 WHERE id = $1", [demoProduct(soldOut), units]);
}, 60_000);
afterAll(async () => {
  for (const { client, process } of instances) {
    client.close();
    if (process.connected) process.disconnect();
  }
  await Promise.all(instances.map(({ process }) => process.exitCode ?? process.signalCode ?? once(process, "exit")));
  await books.end();
  await identity.close();
  await database.drop();
}, 60_000);

async function startInstance(): Promise<Instance> {
  const child = fork(join(import.meta.dirname, "instance-main.ts"), {
    env: {
      ...process.env,
      APP_MODE: "demo",
      GRPC_PORT: "0",
      OPS_PORT: "0",
      DATABASE_URL: database.url,
      IDENTITY_URL: identity.url,
    },
  });
  const [{ grpcPort }] = await once(child, "message", { signal: AbortSignal.timeout(30_000) });
  return { process: child, client: createRpcClient(InventoryServiceService, { address: `127.0.0.1:${grpcPort}` }) };
}

/** Asks one instance and then the other, in turns, until one of them answers: as an orchestrator does. */
async function persist<T>(first: number, ask: (client: Instance["client"]) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = first; ; attempt++) {
    try {
      return await ask((instances[attempt % 2] as Instance).client);
    } catch (err) {
      const { code } = fromUnknown(err);
      const isAnswer = code === "FAILED_PRECONDITION" || code === "VALIDATION_FAILED";
      if (isAnswer || performance.now() - startedAt > giveUpAfterMs) throw err;
      unanswered++;
    }
  }
}

test("a process killed under load loses no unit and sells none twice: its callers ask the other one", async () => {
  const authorization = `Bearer ${identity.serviceToken({ scopes: ["inventory"] })}`;
  const options = { timeoutMs: 5000, authorization };
  let answered = 0;
  let reserved = 0;
  const buy = async (id: string, index: number): Promise<string> => {
    const lines = [line(soldOut, 1)];
    const { outcome } = await persist(index, (client) => client.reserveInventory({ orderId: id, lines }, options));
    if (++answered === 50) instances[0]?.process.kill("SIGKILL");
    if (outcome?.$case !== "reservation") return outcome?.value.code ?? "";
    if (++reserved % 4 === 0) {
      await persist(index, (client) => client.releaseInventory({ orderId: id }, options));
      return "released";
    }
    await persist(index, (client) => client.commitInventory({ orderId: id }, options));
    return "sold";
  };
  const ids = Array.from({ length: buyers }, orderId);
  const endings = await Promise.all(ids.map(buy));

  const told = (ending: string): number => endings.filter((one) => one === ending).length;
  const { rows } = await books.query<{ status: string; count: number }>(
    "SELECT status, count(*)::integer AS count FROM reservations GROUP BY status ORDER BY status",
  );
  expect(rows).toEqual([
    { status: "COMMITTED", count: told("sold") },
    { status: "REFUSED", count: told("OUT_OF_STOCK") },
    { status: "RELEASED", count: told("released") },
  ]);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(buyers);
  const { rows: stock } = await books.query("SELECT on_hand, reserved FROM products WHERE id = $1", [
    demoProduct(soldOut),
  ]);
  expect(stock).toEqual([{ on_hand: units - told("sold"), reserved: 0 }]);
  expect(unanswered).toBeGreaterThan(0);
  expect(instances[0]?.process.signalCode).toBe("SIGKILL");
}, 120_000);
