import Fastify from "fastify";
import type { App } from "./app.ts";
import { nextShare, shedLoad } from "./shedding.ts";

describe("nextShare", () => {
  it("halves while the process is late, and never lets nobody in", () => {
    expect(nextShare(1, 251, 250)).toBe(0.5);
    expect(nextShare(0.5, 9_000, 250)).toBe(0.25);
    expect(nextShare(0.06, 9_000, 250)).toBe(0.05);
  });

  it("grows step by step while it is not, up to all", () => {
    expect(nextShare(0.5, 250, 250)).toBeCloseTo(0.6);
    expect(nextShare(0.95, 0, 250)).toBe(1);
    expect(nextShare(1, 0, 250)).toBe(1);
  });
});

describe("a process that is late", () => {
  let app: App;
  let url: string;
  let tell: (delayMs: number) => void;

  beforeEach(async () => {
    app = Fastify() as unknown as App;
    const onSample = (listener: (delayMs: number) => void) => {
      tell = listener;
    };
    shedLoad(app, { onSample, close: () => undefined }, 250, { shareChanged: () => undefined });
    app.get("/health", async () => "ok");
    app.get("/api/products", async () => "ok");
    url = await app.listen({ host: "127.0.0.1", port: 0 });
  });
  afterEach(() => app.close());

  const refused = async (path: string, times: number) => {
    const answers = await Promise.all(Array.from({ length: times }, () => fetch(`${url}${path}`)));
    return answers.filter(({ ok }) => !ok).length;
  };

  it("refuses a part of the requests where some came", async () => {
    await refused("/api/products", 1);
    tell(900);
    expect(await refused("/api/products", 10)).toBe(5);
  });

  // All services start at once, and the first request comes when everything is said to be healthy.
  it("refuses nobody for what it was late with before anybody came", async () => {
    for (const delayMs of [2_000, 900, 900]) {
      await refused("/health", 1);
      tell(delayMs);
    }
    expect(await refused("/api/products", 10)).toBe(0);
  });
});
