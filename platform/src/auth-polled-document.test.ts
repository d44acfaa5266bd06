import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { createPolledDocument } from "./auth-polled-document.ts";
import { silentLog } from "./logging.ts";

type Answer = "none" | "right" | "wrong";

let answer: Answer = "right";
const askedAtMs: number[] = [];
const server = createServer((_, res) => {
  askedAtMs.push(performance.now());
  if (answer === "right") res.end('"text"');
  if (answer === "wrong") res.writeHead(500).end();
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));

afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

function poll(pollMs: number) {
  askedAtMs.length = 0;
  const { port } = server.address() as AddressInfo;
  const read = (body: unknown) => String(body);
  return createPolledDocument({
    url: `http://127.0.0.1:${port}/`,
    name: "the document",
    pollMs,
    maxBytes: 100,
    log: silentLog(),
    read,
  });
}

it("gives up a reading without an answer in time for two within 10 s of a change, and reads again at once", async () => {
  answer = "none";
  const document = poll(5000);
  await document.start(0);
  expect(document.current()).toBeUndefined();
  answer = "right";
  await eventually(() => expect(document.current()).toBe("text"));
  await document.close();
  const [first = 0, second = Number.POSITIVE_INFINITY] = askedAtMs;
  expect(second - first).toBeLessThan(4000);
});

it("reads again after a second where a reading failed", async () => {
  answer = "wrong";
  const document = poll(5000);
  await document.start(0);
  answer = "right";
  await eventually(() => expect(document.current()).toBe("text"));
  await document.close();
  const [first = 0, second = 0] = askedAtMs;
  expect(second - first).toBeGreaterThan(900);
  expect(second - first).toBeLessThan(4000);
});

it("waits for the first reading no longer than it is told to", async () => {
  answer = "wrong";
  const document = poll(20);
  await document.start(60);
  expect(document.current()).toBeUndefined();
  answer = "right";
  await eventually(() => expect(document.current()).toBe("text"));
  await document.close();
});

it("is as old as its last reading", async () => {
  answer = "right";
  const document = poll(300);
  await eventually(() => expect(document.ageSeconds()).toBeGreaterThan(0.1));
  const before = document.ageSeconds();
  await document.start(0);
  expect(document.ageSeconds()).toBeLessThan(before);
  await document.close();
});

it("reads no more once it is closed", async () => {
  answer = "right";
  const document = poll(1);
  await document.start(0);
  await document.close();
  const asked = askedAtMs.length;
  await new Promise((resolve) => setImmediate(resolve));
  expect(askedAtMs).toHaveLength(asked);
});
