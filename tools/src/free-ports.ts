import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

/**
 * Below the range from which systems take the ports of outgoing connections, so that none of those can take a port
 * between the moment it is found and the moment its server binds it.
 */
const lowest = 20_000;
const highest = 32_000;
const maxAttempts = 50;

/** Neighbouring TCP ports that are free on 127.0.0.1 now; a program that binds one of them later still wins it. */
export async function freePorts(count: number): Promise<number[]> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const first = lowest + count * randomInt(Math.floor((highest - lowest) / count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await refusedPorts(ports)).size === 0) return ports;
  }
  throw new Error(`No ${count} neighbouring free ports between ${lowest} and ${highest} in ${maxAttempts} attempts.`);
}

/** Those of the ports on which 127.0.0.1 cannot be listened now, each with the system's reason, such as EADDRINUSE. */
export async function refusedPorts(ports: readonly number[]): Promise<Map<number, string>> {
  const results = await Promise.allSettled(ports.map(listen));
  const servers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  const refused = results.flatMap((result, index) =>
    result.status === "rejected" ? [[ports[index] as number, String(result.reason.code)] as const] : [],
  );
  return new Map(refused);
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
