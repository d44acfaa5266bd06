import { eventually } from "@shop/testkit/eventually";
import { serveHttp, type TestHttp } from "../test/_http.ts";
import { silentLog } from "./logging.ts";
import { createServiceTokens, type ServiceTokens } from "./service-tokens.ts";

let http: TestHttp;
let tokens: ServiceTokens;
const log = silentLog();
let status = 200;
let issued = 0;
let lifeSeconds = 100;
let now = Date.now();

beforeEach(async () => {
  status = 200;
  issued = 0;
  lifeSeconds = 100;
  now = Date.now();
  jest.spyOn(Date, "now").mockImplementation(() => now);
  http = await serveHttp(() => ({ status, body: { access_token: `token-${++issued}`, expires_in: lifeSeconds } }));
  tokens = createServiceTokens({ tokenUrl: http.url, clientId: "me", clientSecret: "a:b%", log });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await tokens.close();
  await http.close();
});

describe("createServiceTokens", () => {
  it("asks once for all who wait, as the client, for its credentials", async () => {
    expect(await Promise.all([tokens.get(), tokens.get()])).toEqual(["token-1", "token-1"]);
    expect(await tokens.get()).toBe("token-1");
    expect(http.requests).toEqual([
      { authorization: `Basic ${btoa("me:a%3Ab%25")}`, body: "grant_type=client_credentials" },
    ]);
  });

  it("goes on with the token while it renews it at four fifths of its life", async () => {
    await tokens.get();
    now += 81_000;
    expect(await tokens.get()).toBe("token-1");
    const seen = new Set<string>();
    for (let turn = 0; turn < 1000 && !seen.has("token-2"); turn++) {
      seen.add(await tokens.get());
      await new Promise(setImmediate);
    }
    expect([...seen]).toEqual(["token-1", "token-2"]);
    expect(http.requests).toHaveLength(2);
  });

  it("asks for another after a refusal", async () => {
    tokens.renew(await tokens.get());
    expect(await tokens.get()).toBe("token-2");
  });

  it("takes no notice of the refusal of a token it has replaced", async () => {
    const old = await tokens.get();
    tokens.renew(old);
    await tokens.get();
    tokens.renew(old);
    expect(await tokens.get()).toBe("token-2");
  });

  it("goes on with the old token while identity fails, and does not ask at once again", async () => {
    tokens.renew(await tokens.get());
    status = 500;
    expect(await tokens.get()).toBe("token-1");
    expect(await tokens.get()).toBe("token-1");
    expect(http.requests).toHaveLength(2);
    status = 200;
    now += 1000;
    expect(await tokens.get()).toBe("token-3");
  });

  it("gives a token that it holds at once", async () => {
    await tokens.get();
    expect(tokens.get()).toBe("token-1");
  });

  it("is UNAVAILABLE where there has never been a token, and asks again only after a pause", async () => {
    status = 401;
    const warned = jest.spyOn(log, "warn");
    for (let call = 0; call < 3; call++) await expect(tokens.get()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(http.requests).toHaveLength(1);
    expect(warned).toHaveBeenCalledTimes(1);
    status = 200;
    now += 1000;
    expect(await tokens.get()).toBe("token-2");
  });

  it("renews by itself, before four fifths of the token's life are over and not always at the same time", async () => {
    const delays: number[] = [];
    const timers = jest.spyOn(globalThis, "setTimeout");
    for (let count = 0; count < 20; count++) {
      const others = createServiceTokens({ tokenUrl: http.url, clientId: "me", clientSecret: "s", log });
      await others.get();
      delays.push(...timers.mock.calls.map(([, delay = 0]) => delay).filter((delay) => delay > 10_000));
      timers.mockClear();
      await others.close();
    }
    expect(delays).toHaveLength(20);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(70_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(80_000);
    expect(new Set(delays.map(Math.round)).size).toBeGreaterThan(10);
  });

  it("renews without being asked", async () => {
    lifeSeconds = 0.02;
    await tokens.get();
    await eventually(() => expect(http.requests.length).toBeGreaterThan(2));
  });

  it("tells an outage once, asks again by itself, and has the new token ready", async () => {
    const warned = jest.spyOn(log, "warn");
    tokens.renew(await tokens.get());
    status = 500;
    expect(await tokens.get()).toBe("token-1");
    await eventually(() => expect(http.requests.length).toBeGreaterThan(2));
    status = 200;
    await eventually(() => expect(http.requests.length).toBeGreaterThan(3));
    expect(warned).toHaveBeenCalledTimes(1);
    now += 1000;
    await eventually(() => expect(tokens.get()).toBe(`token-${issued}`));
  });

  it("tells the next outage too", async () => {
    const warned = jest.spyOn(log, "warn");
    tokens.renew(await tokens.get());
    for (const outage of [1, 2]) {
      status = 500;
      await tokens.get();
      expect(warned).toHaveBeenCalledTimes(outage);
      status = 200;
      now += 1000;
      tokens.renew(await tokens.get());
      now += 1000;
    }
  });

  it("replaces a refused token once in a second, however often the new one is refused too", async () => {
    const first = await tokens.get();
    tokens.renew(first);
    const second = await tokens.get();
    expect(second).not.toBe(first);
    for (let call = 0; call < 5; call++) {
      tokens.renew(second);
      expect(await tokens.get()).toBe(second);
    }
    now += 1000;
    expect(await tokens.get()).toBe("token-3");
  });

  it("is UNAVAILABLE where identity cannot be reached", async () => {
    await http.close();
    await expect(tokens.get()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    http = await serveHttp(() => ({ body: {} }));
  });
});
