import { defaultPorts } from "./ports.ts";
import { welcomeScreen } from "./welcome-screen.ts";

const facts = {
  ports: { ...defaultPorts, rest: 8100, orders: 9090 },
  logs: ".data/logs",
  hasOwnPassword: false,
  payments: "PostgreSQL",
  seconds: 9.87,
};

test("shows the addresses, the demo users and commands to paste for the ports that were chosen", () => {
  const screen = welcomeScreen(facts);
  expect(screen).toContain("http://localhost:8100/docs");
  expect(screen).toContain("alice, bob (customers), oscar (operator), admin (Admin); password demo-password");
  expect(screen).toMatch(/^TOKEN=\$\(curl -s http:\/\/localhost:8100\/auth\/login /m);
  expect(screen).toMatch(/^grpcurl -plaintext .* localhost:9090 shop.orders.v1.OrderService\/CreateOrder$/m);
  expect(screen).toContain("Payments  are kept in PostgreSQL");
  expect(screen).not.toContain("8000");
});

test("shows commands that know the doors by the CA, where they speak TLS", () => {
  const screen = welcomeScreen({ ...facts, caFile: "/keys/ca.crt" });
  expect(screen).toMatch(/^TOKEN=\$\(curl -s --cacert \/keys\/ca.crt https:\/\/localhost:8100\/auth\/login /m);
  expect(screen).toMatch(/^grpcurl -cacert \/keys\/ca.crt .* localhost:9090 /m);
  expect(screen).not.toContain("http://");
});

test("fits one screen of a usual terminal", () => {
  expect(welcomeScreen(facts).split("\n").length).toBeLessThanOrEqual(24);
});

test("does not show a password of the operator's own", () => {
  const screen = welcomeScreen({ ...facts, hasOwnPassword: true });
  expect(screen).toContain("password as in DEMO_PASSWORD");
  expect(screen).not.toContain("demo-password");
});
