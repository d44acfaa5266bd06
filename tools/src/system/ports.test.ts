import { createServer } from "node:net";
import { checkPorts, choosePorts, defaultPorts, parseNamedPort, replicaPorts } from "./ports.ts";

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

test("puts the ports of each further replica 200 above the one before it", async () => {
  const replicas = [2, 3].flatMap((number) => [
    { name: "orders", number } as const,
    { name: "orders-ops", number } as const,
  ]);
  const ports = await choosePorts({ replicas, offset: 10, named: { "orders-3": 7000 } });
  expect(ports).toMatchObject({ orders: 9090, "orders-2": 9290, "orders-ops-2": 9390, "orders-3": 7000 });
  expect(replicaPorts(ports, "orders")).toEqual([9090, 9290, 7000]);
  expect(replicaPorts(ports, "payments")).toEqual([9092]);
});

test("refuses a port that is named for a replica that does not run", async () => {
  await expect(choosePorts({ named: { "orders-2": 7000 } })).rejects.toThrow(
    "Nothing would listen on --port orders-2: see --replicas.",
  );
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
  ["orders-2=8001", { name: "orders-2", port: 8001 }],
  ["rest", undefined],
  ["rest=", undefined],
  ["rest=0", undefined],
  ["rest=65536", undefined],
  ["rest=80.5", undefined],
  ["toString=80", undefined],
])("reads %s", (text, expected) => {
  expect(parseNamedPort(text)).toEqual(expected);
});
