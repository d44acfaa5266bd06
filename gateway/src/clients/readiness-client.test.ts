import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { createReadinessProbe } from "./readiness-client.ts";

const SECOND_MS = 1_000;

describe("createReadinessProbe", () => {
  let service: Server;
  let handle: RequestListener;
  let asked: number;
  beforeEach(async () => {
    asked = 0;
    service = createServer((req, res) => {
      asked += 1;
      handle(req, res);
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    service.closeAllConnections();
    service.close();
  });
  const targets = () => ({ orders: [`http://127.0.0.1:${(service.address() as AddressInfo).port}/`] });

  it("asks a service once a second, however many want to know", async () => {
    let now = 0;
    handle = (_, res) => void res.end();
    const { read } = createReadinessProbe({ targets: targets(), now: () => now });
    await Promise.all([read(), read()]);
    now = SECOND_MS - 1;
    await read();
    expect(asked).toBe(1);
    now = SECOND_MS;
    await read();
    expect(asked).toBe(2);
  });

  it("does not take its own process's lateness for a service's", async () => {
    handle = (_, res) => void res.end();
    const { read } = createReadinessProbe({ targets: targets() });
    const answer = read();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SECOND_MS + 200);

    expect(await answer).toMatchObject({ status: "ready" });
  });

  it("gives up a service that says nothing for ten turns of a tenth of a second, however late they come", async () => {
    handle = () => undefined;
    const timers: { fire: () => void; delayMs: number }[] = [];
    const setTimer = (fire: () => void, delayMs: number) => {
      timers.push({ fire, delayMs });
      return () => undefined;
    };
    const { read } = createReadinessProbe({ targets: targets(), setTimer });
    const answer = read();
    await eventually(() => asked === 1);
    for (let turn = 1; turn <= 10; turn++) {
      expect(timers.at(-1)?.delayMs).toBe(100);
      expect(timers).toHaveLength(turn);
      timers.at(-1)?.fire();
    }

    expect(await answer).toEqual({
      status: "not ready",
      notReady: ["orders"],
      services: { orders: "unreachable" },
    });
    expect(timers).toHaveLength(10);
  });

  it("stops its timer when the service has answered", async () => {
    handle = (_, res) => void res.writeHead(503).end();
    let running = 0;
    const setTimer = () => {
      running += 1;
      return () => {
        running -= 1;
      };
    };
    const { read } = createReadinessProbe({ targets: targets(), setTimer });

    expect((await read()).services).toEqual({ orders: "not ready" });
    expect(running).toBe(0);
  });
});
