import { createHash } from "node:crypto";
import { relative } from "node:path";
import { readConfig as readGatewayConfig } from "@shop/gateway/config";
import { readConfig as readIdentityConfig } from "@shop/identity-service/config";
import { readConfig as readInventoryConfig } from "@shop/inventory-service/config";
import { readConfig as readNotificationsConfig } from "@shop/notification-service/config";
import { readConfig as readOrdersConfig } from "@shop/order-service/config";
import { readConfig as readPaymentsConfig } from "@shop/payment-service/config";
import { readConfig as readShippingConfig } from "@shop/shipping-service/config";
import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { choosePorts, defaultPorts } from "./ports.ts";
import { parseReplicas, replicaPortsNeeded, withReplicas } from "./replicas.ts";
import { serviceEnvironment, serviceTable, type Wiring } from "./service-table.ts";

const ca = createAuthority();

const wiring: Wiring = {
  ports: defaultPorts,
  secrets: {
    orderServiceClient: "a".repeat(64),
    notificationServiceClient: "d".repeat(64),
    loadTestClient: "e".repeat(64),
    keyEncryption: "b".repeat(64),
    databases: Object.fromEntries(serviceTable.map(({ name }) => [name, "c".repeat(64)])),
  },
};

function environment(name: string, operator: NodeJS.ProcessEnv = {}): Record<string, string> {
  const entry = serviceTable.find((service) => service.name === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return serviceEnvironment(entry, wiring, operator);
}

const services = [
  ["identity", readIdentityConfig],
  ["inventory", readInventoryConfig],
  ["payments", readPaymentsConfig],
  ["shipping", readShippingConfig],
  ["notifications", readNotificationsConfig],
  ["orders", readOrdersConfig],
  ["gateway", readGatewayConfig],
] as const;

test.each(services)("gives %s all that its configuration asks for", (name, readConfig) => {
  expect(readConfig(environment(name))).toMatchObject({ mode: "demo" });
});

test.each(services)("lets %s verify with a shared secret in the demo, and never in production", (name, readConfig) => {
  const env = environment(name, { JWT_ALG: "HS256", JWT_SECRET: "s".repeat(32) });
  expect(readConfig(env)).toMatchObject({ mode: "demo" });
  const inProduction = () => readConfig({ ...env, APP_MODE: "production" });
  expect(inProduction).toThrow("JWT_ALG must be ES256 or RS256 in production");
});

test("tells the identity service only hashes of the clients' secrets, each with no more than it needs", () => {
  const { SERVICE_CLIENTS = "" } = environment("identity");
  expect(JSON.parse(SERVICE_CLIENTS)).toEqual([
    {
      clientId: "order-service",
      secretSha256: "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb",
      scopes: ["inventory", "payments", "shipping", "notifications", "profiles"],
    },
    {
      clientId: "notification-service",
      secretSha256: createHash("sha256").update("d".repeat(64)).digest("hex"),
      scopes: ["profiles"],
    },
    {
      clientId: "load-test",
      secretSha256: createHash("sha256").update("e".repeat(64)).digest("hex"),
      scopes: ["payments"],
    },
  ]);
  expect(environment("orders").CLIENT_SECRET).toBe("a".repeat(64));
  expect(environment("notifications").CLIENT_SECRET).toBe("d".repeat(64));
});

test("gives the load test's secret to no service, and its client to none in production", () => {
  for (const { name } of serviceTable) expect(JSON.stringify(environment(name))).not.toContain("e".repeat(64));
  expect(() => readIdentityConfig({ ...environment("identity"), APP_MODE: "production" })).toThrow(
    "SERVICE_CLIENTS must be without the client load-test",
  );
});

test("gives each service its own database and user, and the gateway none", () => {
  expect(environment("payments").DATABASE_URL).toBe(`postgres://payments:${"c".repeat(64)}@127.0.0.1:54320/payments`);
  expect(environment("gateway")).not.toHaveProperty("DATABASE_URL");
});

test("passes on what the operator may set, and nothing else", () => {
  const operator = { PAYMENT_LIMIT: "5000", LOG_LEVEL: "debug", HOST: "x86_64-linux-gnu", SANDBOX_RULES: "" };
  const payments = environment("payments", operator);
  expect(payments).toMatchObject({ PAYMENT_LIMIT: "5000", LOG_LEVEL: "debug" });
  expect(payments).not.toHaveProperty("HOST");
  expect(payments).not.toHaveProperty("SANDBOX_RULES");
  expect(environment("shipping", operator)).not.toHaveProperty("PAYMENT_LIMIT");
});

test("gives every service the files of TLS by absolute paths, and where identity then is", () => {
  const files = writeCertificates(ca.issue(), ca);
  const operator = { ...files.env, TLS_KEY_FILE: relative(process.cwd(), files.keyFile) };
  for (const [name, readConfig] of services) {
    const entry = serviceTable.find((service) => service.name === name);
    const env = entry ? serviceEnvironment(entry, { ...wiring, isSecure: true }, operator) : {};
    expect(env).toMatchObject(files.env);
    const { certFile, keyFile, caFile } = files;
    expect(readConfig(env)).toMatchObject({ tls: { certFile, keyFile, caFile } });
    if (name !== "identity") expect(env.IDENTITY_URL).toBe("https://127.0.0.1:9085");
  }
  files.remove();
});

test("gives a replica ports of its own and its service's database, and its callers the addresses of all", async () => {
  const replicas = { orders: 2, payments: 3 };
  const ports = await choosePorts({ replicas: replicaPortsNeeded(serviceTable, replicas) });
  const table = withReplicas(serviceTable, replicas);
  expect(table.map(({ name }) => name)).toEqual(
    serviceTable.flatMap(({ name }) =>
      name === "orders" ? [name, "orders-2"] : name === "payments" ? [name, "payments-2", "payments-3"] : [name],
    ),
  );
  const of = (name: string) => {
    const entry = table.find((service) => service.name === name);
    return entry ? serviceEnvironment(entry, { ...wiring, ports }, {}) : {};
  };
  expect(of("orders-2")).toEqual({ ...of("orders"), GRPC_PORT: "9280", OPS_PORT: "9380" });
  expect(of("orders-2").PAYMENTS_ADDRESS).toBe("127.0.0.1:9082,127.0.0.1:9282,127.0.0.1:9482");
  expect(of("gateway")).toMatchObject({
    ORDERS_ADDRESS: "127.0.0.1:9080,127.0.0.1:9280",
    ORDERS_OPS_URL: "http://127.0.0.1:9180,http://127.0.0.1:9380",
  });
});

test.each([
  ["orders=2", { orders: 2 }],
  ["orders=2, payments=3", { orders: 2, payments: 3 }],
  ["orders", "expected a service and a number for each, such as orders=2,payments=2."],
  ["orders=two", "expected a service and a number for each, such as orders=2,payments=2."],
  ["orders=0", "expected from 1 to 9 of orders."],
  ["orders=10", "expected from 1 to 9 of orders."],
  ["orders=2,orders=3", "orders is named twice."],
  ["order=2", expect.stringMatching(/^there is no service order: those that can run more than once are inventory, /)],
  ["gateway=2", expect.stringMatching(/^gateway runs only once: those that can /)],
])("reads the replicas %s", (text, expected) => {
  expect(parseReplicas(text, serviceTable)).toEqual(expected);
});

test("lets no two services listen on one port", () => {
  const ports = Object.values(defaultPorts);
  expect(new Set(ports).size).toBe(ports.length);
});
