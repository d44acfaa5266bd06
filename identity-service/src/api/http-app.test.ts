import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { silentLog } from "@shop/platform/logging";
import { openTls } from "@shop/platform/tls";
import { createAuthority, writeCertificates } from "@shop/testkit/certificates";
import { createHttpApp } from "./http-app.ts";

const ca = createAuthority();
const files = writeCertificates(ca.issue(), ca);
const tls = openTls(files, { log: silentLog() });

afterAll(() => {
  tls.close();
  files.remove();
});

test.each([
  ["plaintext", undefined],
  ["TLS", { tls, needsClientCertificate: true }],
])("connections beyond what it holds are closed as they come, also those that never say a word: %s", async (_, own) => {
  const options = { trustedProxies: [], ...(own && { tls: own }) };
  expect(createHttpApp(silentLog(), options).server.maxConnections).toBe(5000);
  const app = createHttpApp(silentLog(), { ...options, maxConnections: 2 });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const silent = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
  await Promise.any(silent.map((socket) => once(socket, "close")));
  expect(silent.filter((socket) => socket.closed)).toHaveLength(1);
  for (const socket of silent) socket.destroy();
  await app.close();
});

test("keeps a connection open for longer than a proxy would, and says so", async () => {
  const app = createHttpApp(silentLog(), { trustedProxies: [] });
  app.get("/", async () => ({}));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const { headers } = await fetch(`http://127.0.0.1:${port}/`);
  expect(headers.get("keep-alive")).toBe("timeout=65");
  await app.close();
});

test("answers the HTTP/1.0 in which a proxy asks whether it lives", async () => {
  const app = createHttpApp(silentLog(), { trustedProxies: [] });
  app.get("/", async () => ({}));
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.0\r\nHost: identity-service\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
  await app.close();
});
