import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { settle } from "./settle.ts";

let server: Server;
let asked: number;
/** Statuses to answer with, the last of them for ever. */
let statuses: number[];

beforeEach(async () => {
  asked = 0;
  server = createServer((_, res) => {
    res.writeHead(statuses[Math.min(asked++, statuses.length - 1)] ?? 200).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

test("waits until several answers in a row are good", async () => {
  statuses = [503, 200, 200, 503, 200];
  await settle(url(), { signal: new AbortController().signal });
  expect(asked).toBe(9);
});

test("gives up when the limit is over, and at once when it is told to", async () => {
  statuses = [503];
  await settle(url(), { signal: new AbortController().signal, limitMs: 300 });
  expect(asked).toBeGreaterThan(0);
  asked = 0;
  await settle(url(), { signal: AbortSignal.abort() });
  expect(asked).toBe(0);
});
