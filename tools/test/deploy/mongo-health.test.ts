import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { parse } from "yaml";
import { readCompose, root } from "./_compose.ts";

const script = readFileSync(join(root, "deploy", "compose", "mongo-health.js"), "utf8");
const { services } = readCompose();

class Quit extends Error {}

/** Runs the script as mongosh would, against a server that answers so. */
function check(server: { status: () => unknown; isWritablePrimary: boolean }): unknown[] {
  const initiated: unknown[] = [];
  runInNewContext(script, {
    rs: { status: server.status, initiate: (config: unknown) => initiated.push(config) },
    db: { hello: () => ({ isWritablePrimary: server.isWritablePrimary }) },
    quit(code: number) {
      throw new Quit(String(code));
    },
  });
  return initiated;
}

const fails = (codeName: string) => () => {
  throw Object.assign(new Error(codeName), { codeName });
};

test("makes the replica set that the server and the payment service name, under its host name, and is not healthy yet", () => {
  const status = fails("NotYetInitialized");
  expect(() => check({ status, isWritablePrimary: false })).toThrow(new Quit("1"));

  const [config] = check({ status, isWritablePrimary: true });
  expect(config).toEqual({ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] });
  expect(services.mongo).toMatchObject({ command: expect.arrayContaining(["--replSet", "rs0"]) });
  expect(services["payment-service"]?.environment?.MONGO_URI).toContain(
    "mongodb://mongo:27017/payments?replicaSet=rs0",
  );
});

test("is healthy once the server takes writes, and then makes nothing", () => {
  expect(check({ status: () => ({ ok: 1 }), isWritablePrimary: true })).toEqual([]);
});

test("is not healthy while nobody is elected", () => {
  expect(() => check({ status: () => ({ ok: 1 }), isWritablePrimary: false })).toThrow(new Quit("1"));
});

test("makes nothing where the server has another fault", () => {
  expect(() => check({ status: fails("Unauthorized"), isWritablePrimary: false })).toThrow("Unauthorized");
});

test("mongosh reports to nobody, whom it would wait for in a network without a way out, and leaves no log of each check", () => {
  expect(services.mongo?.volumes).toContain("./deploy/compose/mongosh.conf:/etc/mongosh.conf:ro");
  expect(parse(readFileSync(join(root, "deploy", "compose", "mongosh.conf"), "utf8"))).toEqual({
    mongosh: { forceDisableTelemetry: true, disableLogging: true },
  });
});
