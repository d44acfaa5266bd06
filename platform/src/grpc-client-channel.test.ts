import { promises as dns } from "node:dns";
import { experimental } from "@grpc/grpc-js";
import { eventually } from "@shop/testkit/eventually";
import { cancelled, type Harness, serve } from "../test/_grpc.ts";
import { proxyTo } from "../test/_proxy.ts";

const request = { orderId: "01900000-0000-7000-8000-000000000001" };
const options = { timeoutMs: 10_000 };

/** Two servers, how often each was called, and a client of both. */
async function pair(addressOf = (port: number) => `127.0.0.1:${port}`) {
  const calls = [0, 0];
  const started: Harness[] = [];
  const start = async (index: 0 | 1, port = 0) => {
    const server = await serve(
      async () => {
        calls[index] = (calls[index] ?? 0) + 1;
        return cancelled;
      },
      { port },
    );
    started.push(server);
    return server;
  };
  const servers = [await start(0), await start(1)] as const;
  const address = servers.map(({ server }) => addressOf(server.port)).join(",");
  const client = servers[0].connect({ address });
  return {
    calls,
    start,
    servers,
    client,
    call: () => client.cancelShipment(request, options),
    /** Answers how many of so many calls each server got. */
    async shares(count: number): Promise<number[]> {
      calls.fill(0);
      for (let index = 0; index < count; index++) await client.cancelShipment(request, options);
      return [...calls];
    },
    async close() {
      for (const server of started) await server.close();
    },
  };
}

/** Waits until both are connected: calls begin as soon as one is. */
async function bothCalled(own: Awaited<ReturnType<typeof pair>>) {
  await eventually(async () => expect(await own.shares(10)).toEqual([5, 5]), { timeoutMs: 10_000 });
}

test("one address may stand there twice, or with blanks around it", async () => {
  const own = await serve(async () => cancelled);
  const address = `127.0.0.1:${own.server.port}`;
  for (const written of [`${address},${address}`, ` ${address} `]) {
    await expect(own.connect({ address: written }).cancelShipment(request, options)).resolves.toEqual(cancelled);
  }
  await own.close();
});

describe("a client of several addresses", () => {
  it.each([
    ["addresses", (port: number) => `127.0.0.1:${port}`],
    ["names", (port: number) => `localhost:${port}`],
  ])("calls all of them in turn, given as %s", async (_, addressOf) => {
    jest.spyOn(dns, "lookup").mockResolvedValue([{ address: "127.0.0.1", family: 4 }] as never);
    const own = await pair(addressOf);
    await bothCalled(own);
    jest.restoreAllMocks();
    await own.close();
  });

  it("loses no call when one goes away in order, and calls it again when it is back", async () => {
    const own = await pair();
    await bothCalled(own);
    const [first, second] = own.servers;
    let isGoingOn = true;
    let failures = 0;
    const callers = Array.from({ length: 8 }, async () => {
      while (isGoingOn) await own.call().catch(() => (failures += 1));
    });
    await second.server.close();
    own.calls.fill(0);
    await eventually(() => expect(own.calls[0]).toBeGreaterThan(50));
    expect(own.calls[1]).toBe(0);
    const again = await own.start(1, second.server.port);
    await eventually(() => expect(own.calls[1]).toBeGreaterThan(50), { timeoutMs: 10_000 });
    isGoingOn = false;
    await Promise.all(callers);
    expect(failures).toBe(0);
    expect(first.server.port).not.toBe(again.server.port);
    await own.close();
  });

  it("fails only the calls that were sent to one whose connection breaks, and leaves it out", async () => {
    const own = await pair();
    const cut = await proxyTo(own.servers[1].server.port);
    const client = own.servers[0].connect({ address: `127.0.0.1:${own.servers[0].server.port},127.0.0.1:${cut.port}` });
    const call = () => client.cancelShipment(request, options);
    await eventually(async () => {
      await call();
      expect(own.calls[1]).toBeGreaterThan(0);
    });
    cut.close();
    const underWay = await Promise.allSettled(Array.from({ length: 40 }, call));
    for (const end of underWay) {
      if (end.status === "rejected") expect(end.reason).toMatchObject({ code: "UNAVAILABLE" });
    }
    await eventually(() => call());
    await Promise.all(Array.from({ length: 100 }, call));
    await own.close();
  });

  it("goes on with one address while a name beside it cannot be looked up", async () => {
    const lookup = jest.spyOn(dns, "lookup").mockRejectedValue(new Error("no such name"));
    const own = await serve(async () => cancelled);
    const client = own.connect({ address: `nowhere.invalid:1,127.0.0.1:${own.server.port}` });
    await expect(client.cancelShipment(request, options)).resolves.toEqual(cancelled);
    expect(lookup).toHaveBeenCalled();
    const lost = own.connect({ address: "nowhere.invalid:1,neither.invalid:2" });
    await expect(lost.cancelShipment(request, options)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    lookup.mockRestore();
    await own.close();
  });

  it("connects anew only where the addresses have changed, and keeps those of a name that cannot be looked up now", async () => {
    const own = await pair(); // its client makes the scheme known
    const ip = (address: string) => [{ address, family: 4 }] as never;
    const lookup = jest.spyOn(dns, "lookup").mockResolvedValue(ip("127.0.0.1"));
    const told: string[] = [];
    const resolver = experimental.createResolver(
      { scheme: "several", path: "one.invalid:1,127.0.0.2:2" },
      (result) => {
        told.push(result.ok ? result.value.map(experimental.endpointToString).join() : "none");
        return true;
      },
      { "grpc.dns_min_time_between_resolutions_ms": 1, "grpc.initial_reconnect_backoff_ms": 1 },
    );
    const lookUpAgain = async () => {
      const before = lookup.mock.calls.length;
      await eventually(() => {
        resolver.updateResolution();
        expect(lookup.mock.calls.length).toBeGreaterThan(before + 2);
      });
    };
    await lookUpAgain();
    expect(told.at(-1)).toContain("127.0.0.1");
    const toldBefore = told.length;
    await lookUpAgain();
    lookup.mockRejectedValue(new Error("no answer now"));
    await lookUpAgain();
    expect(told).toHaveLength(toldBefore);
    lookup.mockResolvedValue(ip("127.0.0.3"));
    await eventually(() => {
      resolver.updateResolution();
      expect(told).toHaveLength(toldBefore + 1);
    });
    expect(told.at(-1)).toContain("127.0.0.3");
    resolver.destroy();
    lookup.mockRestore();
    await own.close();
  });

  it("is UNAVAILABLE where none of them listens", async () => {
    const own = await pair();
    for (const { server } of own.servers) await server.close();
    await expect(own.call()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await own.close();
  });
});
