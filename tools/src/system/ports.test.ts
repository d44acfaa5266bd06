import { createServer } from "node:net";
import { checkPorts, choosePorts, defaultPorts, parseNamedPort } from "./ports.ts";

test("takes the documented ports", async () => {
  expect(await choosePorts({})).toEqual(defaultPorts);
});

test("adds the offset to each port that is not named", async () => {
  expect(await choosePorts({ offset: 100, named: { rest: 8888 } })).toMatchObject({
    rest: 8888,
    orders: 9180,
    postgres: 54_420,
  });
});

test("takes free ports, each another, for those that are not named", async () => {
  const ports = await choosePorts({ free: true, named: { rest: 8888 } });
  expect(ports.rest).toBe(8888);
  expect(new Set(Object.values(ports)).size).toBe(Object.keys(defaultPorts).length);
});

test("names every port that is in use", async () => {
  const ports = await choosePorts({ free: true });
  const servers = [ports.rest, ports.postgres].map((port) => createServer().listen(port, "127.0.0.1"));
  try {
    await expect(checkPorts(ports)).rejects.toThrow(
      `Ports ${ports.rest} (rest), ${ports.postgres} (postgres) are in use: stop what listens there, or start with --port rest=<number>`,
    );
  } finally {
    for (const server of servers) server.close();
  }
});

test.each([
  ["rest=8001", { name: "rest", port: 8001 }],
  ["rest", undefined],
  ["rest=", undefined],
  ["rest=0", undefined],
  ["rest=65536", undefined],
  ["rest=80.5", undefined],
  ["toString=80", undefined],
])("reads %s", (text, expected) => {
  expect(parseNamedPort(text)).toEqual(expected);
});
