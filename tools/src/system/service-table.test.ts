import { readConfig as readGatewayConfig } from "@shop/gateway/config";
import { readConfig as readIdentityConfig } from "@shop/identity-service/config";
import { readConfig as readInventoryConfig } from "@shop/inventory-service/config";
import { readConfig as readOrdersConfig } from "@shop/order-service/config";
import { readConfig as readPaymentsConfig } from "@shop/payment-service/config";
import { readConfig as readShippingConfig } from "@shop/shipping-service/config";
import { defaultPorts } from "./ports.ts";
import { serviceEnvironment, serviceTable, type Wiring } from "./service-table.ts";

const wiring: Wiring = {
  ports: defaultPorts,
  secrets: {
    orderServiceClient: "a".repeat(64),
    keyEncryption: "b".repeat(64),
    databases: Object.fromEntries(serviceTable.map(({ name }) => [name, "c".repeat(64)])),
  },
};

function environment(name: string, operator: NodeJS.ProcessEnv = {}): Record<string, string> {
  const entry = serviceTable.find((service) => service.name === name);
  if (entry === undefined) throw new Error(`no ${name}`);
  return serviceEnvironment(entry, wiring, operator);
}

test.each([
  ["identity", readIdentityConfig],
  ["inventory", readInventoryConfig],
  ["payments", readPaymentsConfig],
  ["shipping", readShippingConfig],
  ["orders", readOrdersConfig],
  ["gateway", readGatewayConfig],
])("gives %s all that its configuration asks for", (name, readConfig) => {
  expect(readConfig(environment(name))).toMatchObject({ mode: "demo" });
});

test("tells the identity service only a hash of the client's secret", () => {
  const { SERVICE_CLIENTS = "" } = environment("identity");
  expect(JSON.parse(SERVICE_CLIENTS)).toEqual([
    {
      clientId: "order-service",
      secretSha256: "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb",
      scopes: ["inventory", "payments", "shipping", "profiles"],
    },
  ]);
  expect(environment("orders").CLIENT_SECRET).toBe("a".repeat(64));
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

test("lets no two services listen on one port", () => {
  const ports = Object.values(defaultPorts);
  expect(new Set(ports).size).toBe(ports.length);
});
