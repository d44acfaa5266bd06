import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { readCompose, root } from "./_compose.ts";

const script = join(root, "deploy", "compose", "health-check.js");
const node = join(root, "node_modules", ".bin", "node");
let server: Server;
let status = 200;

beforeAll(async () => {
  server = createServer((req, res) => {
    res.writeHead(req.url === "/health/ready" ? status : 404).end(`{"status":${status}}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(async () => {
  server.close();
  await once(server, "close");
});

function check(): Promise<{ stdout: string }> {
  const { port } = server.address() as AddressInfo;
  return promisify(execFile)(node, [script], {
    env: { PATH: process.env.PATH, OPS_PORT: String(port) },
    timeout: 20_000,
  });
}

test("ends well where the service is ready, and says nothing", async () => {
  status = 200;
  await expect(check()).resolves.toMatchObject({ stdout: "" });
});

test("fails where the service is not ready, and says what that one says", async () => {
  status = 503;
  await expect(check()).rejects.toMatchObject({ code: 1, stdout: '{"status":503}' });
});

test("gives up before Docker does", () => {
  const limitMs = Number(/limitMs = (\d+)/.exec(readFileSync(script, "utf8"))?.[1]);
  const timeouts = [
    /HEALTHCHECK .*--timeout=(\d+)s/.exec(readFileSync(join(root, "Dockerfile"), "utf8"))?.[1],
    /^(\d+)s$/.exec(String(readCompose().services.gateway?.healthcheck?.timeout))?.[1],
  ];
  for (const seconds of timeouts) expect(Number(seconds) * 1000).toBeGreaterThan(limitMs);
});
