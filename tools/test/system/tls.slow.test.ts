import { readFile } from "node:fs/promises";
import { globalAgent, type RequestOptions, request } from "node:https";
import { join } from "node:path";
import { createRpcClient } from "@shop/platform/grpc-client";
import type { Tls } from "@shop/platform/tls";
import { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { eventually } from "@shop/testkit/eventually";
import { type System, startSystem } from "@shop/testkit/system";

const ca = createAuthority("the shop's CA");
const files = writeCertificates(ca.issue(), ca);
const items = [{ productId: "01900000-0000-7000-9000-000000000001", quantity: 1 }];
let system: System;
let token: string;

beforeAll(async () => {
  system = await startSystem({ env: files.env });
  const login = await send("POST", "/auth/login", {}, { username: "alice", password: "demo-password" });
  token = login.body.access_token;
}, 120_000);
afterAll(async () => {
  await system?.stop();
  files.remove();
}, 60_000);

/** A request of a customer, who has the CA and no certificate. */
function send(method: string, path: string, headers: RequestOptions["headers"] = {}, body?: unknown) {
  const options = { method, ca: ca.cert, headers: { "content-type": "application/json", ...headers }, agent: false };
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into it as they need.
  return new Promise<{ status: number; body: any }>((resolve, reject) => {
    const req = request(`${system.restUrl}${path}`, options as RequestOptions, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      resolve({ status: res.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
    req.on("error", reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What a customer has. */
const withoutCertificate: Tls = {
  current: () => ({ ca: Buffer.from(ca.cert) }) as ReturnType<Tls["current"]>,
  onChange: () => {},
  agent: globalAgent,
  close: () => {},
};

test("an order is completed over TLS alone, by REST and by gRPC, and its customer is told", async () => {
  const authorization = `Bearer ${token}`;
  const placed = await send("POST", "/api/orders", { authorization }, { items });
  expect(placed).toMatchObject({ status: 201, body: { status: "Completed" } });

  const rpc = createRpcClient(OrderServiceService, { address: system.grpcAddress, tls: withoutCertificate });
  const order = { items: items.map((item) => ({ ...item, expectedUnitPrice: undefined })) };
  const answer = await rpc.createOrder(
    { ...order, orderId: "", idempotencyKey: "", userId: "", paymentMethod: "", shippingAddress: undefined },
    { timeoutMs: 15_000, authorization },
  );
  rpc.close();
  expect(answer.order?.status).toBe(4);

  await eventually(
    async () => {
      const { body } = await send("GET", `/api/orders/${placed.body.id}/saga`, { authorization });
      expect(body.history.at(-1)).toMatchObject({ step: "SendNotification", status: "Completed" });
    },
    { timeoutMs: 20_000 },
  );
  expect((await send("GET", "/health")).status).toBe(200);
});

const bytes = (same: Buffer) => same;
const health = {
  check: {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
} as const;

test.each(["inventory", "payments", "shipping", "notifications"])(
  "%s answers nobody without a certificate, or without TLS, not even for its health",
  async (name) => {
    for (const tls of [withoutCertificate, undefined]) {
      const client = createRpcClient(health, { address: system.grpcDoors[name] ?? "", tls });
      await expect(client.check(Buffer.alloc(0), { timeoutMs: 5000 })).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringMatching(/demands (a certificate|TLS)/),
      });
      client.close();
    }
    await eventually(async () => {
      const log = await readFile(join(system.logsDir, `${name}.log`), "utf8");
      expect(log).toContain("connections refused by TLS");
    });
  },
);

test("no door that customers reach speaks plaintext, but health and metrics do", async () => {
  for (const url of [system.restUrl, system.identityUrl]) {
    await expect(fetch(url.replace("https:", "http:"))).rejects.toThrow("fetch failed");
  }
  const plain = createRpcClient(OrderServiceService, { address: system.grpcAddress });
  await expect(plain.getOrder({ orderId: "x" }, { timeoutMs: 5000 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  plain.close();
  for (const url of Object.values(system.opsUrls)) expect((await fetch(`${url}/health/ready`)).status).toBe(200);
});
