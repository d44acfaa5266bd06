import { hash } from "@node-rs/argon2";
import { createTestDatabase } from "@shop/testkit/database";
import pg from "pg";
import { createLoginThrottle } from "../../src/domain/login-throttle.ts";
import { createLoginCounters } from "../../src/store/login-counters.ts";
import { readBody, startFreshIdentity, startIdentity, type TestIdentity, testEnvironment } from "../_identity.ts";

const alice = { username: "alice", password: "demo-password" };

interface Problem {
  code: string;
  status: number;
  errors?: { field: string; message: string }[];
}

describe("POST /login", () => {
  let identity: TestIdentity;

  beforeAll(async () => {
    identity = await startFreshIdentity();
  });
  afterAll(() => identity?.close());

  it("gives a user tokens for the right password", async () => {
    const response = await identity.login(alice);

    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await readBody(response)).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "Bearer",
      expires_in: 600,
      refresh_token: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it("puts the claims of RFC 9068 into the access token", async () => {
    const { access_token } = await readBody<{ access_token: string }>(await identity.login(alice));

    const [header, claims] = access_token.split(".").map((part) => Buffer.from(part, "base64url").toString());
    expect(JSON.parse(header ?? "")).toEqual({ alg: "ES256", typ: "at+jwt", kid: expect.any(String) });
    const read = JSON.parse(claims ?? "");
    expect(read).toEqual({
      iss: "https://identity.test",
      aud: "shop-api",
      sub: "01900000-0000-7000-8000-00000000a11c",
      role: "customer",
      sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id: "shop",
      scope: "orders",
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: expect.any(Number),
      exp: read.iat + 600,
    });
  });

  it.each([
    ["alice", "customer"],
    ["bob", "customer"],
    ["oscar", "operator"],
    ["admin", "Admin"],
  ])("knows the demo user %s as %s", async (username, role) => {
    const { access_token } = await readBody<{ access_token: string }>(await identity.login({ ...alice, username }));
    const claims = JSON.parse(Buffer.from(access_token.split(".")[1] ?? "", "base64url").toString());
    expect(claims.role).toBe(role);
  });

  it.each([
    ["a wrong password", { ...alice, password: "demo-passwore" }],
    ["a password of blanks", { ...alice, password: "  " }],
    ["an unknown user", { username: "mallory", password: "demo-password" }],
    ["a user in other letters", { ...alice, username: "Alice" }],
  ])("answers %s with the same 401", async (_case, body) => {
    const response = await identity.login(body);

    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await readBody(response)).toEqual({
      type: "urn:shop:problem:unauthenticated",
      title: expect.any(String),
      status: 401,
      code: "UNAUTHENTICATED",
      detail: "The username or the password is not right.",
    });
  });

  const fieldFaults: [string, unknown, string[]][] = [
    ["nothing in it", {}, ["username", "password"]],
    ["no password", { username: "alice" }, ["password"]],
    ["an empty username", { ...alice, username: "" }, ["username"]],
    ["a username of blanks", { ...alice, username: "  " }, ["username"]],
    ["an empty password", { ...alice, password: "" }, ["password"]],
    ["a number for a password", { ...alice, password: 5 }, ["password"]],
    ["a null", { ...alice, username: null }, ["username"]],
    ["a username of 256 characters", { ...alice, username: "a".repeat(256) }, ["username"]],
    ["a password of 1,025 characters", { ...alice, password: "a".repeat(1025) }, ["password"]],
    ["U+0000 in the username", { ...alice, username: "ali\u0000ce" }, ["username"]],
    ["U+0000 in the password", { ...alice, password: "demo\u0000" }, ["password"]],
    ["unknown fields", { ...alice, otp: "1", constructor: 2 }, ["otp", "constructor"]],
    ["a prototype", '{"username":"alice","password":"demo-password","__proto__":{"x":1}}', ["__proto__"]],
    ["several faults", { username: "", otp: 1 }, ["username", "password", "otp"]],
  ];
  it.each(fieldFaults)("refuses a body with %s, naming every field", async (_case, body, fields) => {
    const response = await identity.login(body);

    expect(response.status).toBe(400);
    const problem = await readBody<Problem>(response);
    expect(problem.code).toBe("VALIDATION_FAILED");
    expect(problem.errors?.map((violation) => violation.field).sort()).toEqual(fields.sort());
  });

  const badBodies: [string, string | Uint8Array<ArrayBuffer>, string | undefined, number, string][] = [
    ["broken JSON", '{"username":', "application/json", 400, "MALFORMED_BODY"],
    ["no JSON at all", "alice:demo-password", "application/json", 400, "MALFORMED_BODY"],
    ["nothing", "", "application/json", 400, "MALFORMED_BODY"],
    ["a JSON array", "[]", "application/json", 400, "MALFORMED_BODY"],
    ["a JSON null", "null", "application/json", 400, "MALFORMED_BODY"],
    ["invalid UTF-8", Uint8Array.from([0x7b, 0xc3, 0x28, 0x7d]), "application/json", 400, "MALFORMED_BODY"],
    ["a form", "username=alice", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["plain text", "{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["20 kB", JSON.stringify({ username: "a".repeat(20_000) }), "application/json", 413, "PAYLOAD_TOO_LARGE"],
  ];
  it.each(badBodies)("refuses %s", async (_case, body, contentType, status, code) => {
    const response = await fetch(`${identity.url}/login`, {
      method: "POST",
      headers: contentType === undefined ? {} : { "content-type": contentType },
      body,
    });

    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await readBody<Problem>(response)).toMatchObject({ status, code });
  });

  it("accepts the caller's correlation id, sends it back and logs it", async () => {
    const response = await identity.login(alice, { "x-correlation-id": "order-4711" });

    expect(response.headers.get("x-correlation-id")).toBe("order-4711");
    const lines = identity
      .logged()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const mine = lines.filter((line) => line["labels.correlation_id"] === "order-4711").map((line) => line.message);
    expect(mine).toEqual(["user logged in", "token issued", "request answered"]);
  });

  it("replaces a correlation id that is none", async () => {
    const response = await identity.login(alice, { "x-correlation-id": "two words" });
    expect(response.headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("counts logins by outcome and tokens by grant", async () => {
    const metrics = await (await fetch(`${identity.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(/^identity_logins_total\{outcome="succeeded".*\} [1-9]/m);
    expect(metrics).toMatch(/^identity_logins_total\{outcome="refused".*\} [1-9]/m);
    expect(metrics).toMatch(/^identity_tokens_issued_total\{grant="password".*\} [1-9]/m);
    expect(metrics).toMatch(/^process_resident_memory_bytes/m);
  });

  it("writes no password, name or token into the log, not even of a broken request", async () => {
    const canary = "canary-7f3e91";
    await identity.login({ username: canary, password: canary });
    await identity.login(`{"username":"alice","password":"${canary}`);
    await identity.login({ ...alice, [canary]: canary });
    await fetch(`${identity.url}/${canary}?password=${canary}`);
    await identity.login({ ...alice, password: canary }, { authorization: `Bearer ${canary}` });
    const tokens = await readBody<{ access_token: string; refresh_token: string }>(await identity.login(alice));

    const logged = identity.logged();
    expect(logged).toContain("request answered");
    for (const secret of [canary, "demo-password", tokens.access_token, tokens.refresh_token]) {
      expect(logged).not.toContain(secret);
    }
  });
});

describe("the throttle of POST /login", () => {
  const perPair = { burst: 3, firstDelayMs: 60_000, longestDelayMs: 60_000 };
  const perAccount = { burst: 5, firstDelayMs: 150, longestDelayMs: 300 };
  let identity: TestIdentity;

  beforeAll(async () => {
    const limits = { perPair, perNetwork: { ...perPair, burst: 50 }, perAccount };
    const throttle = createLoginThrottle(createLoginCounters(), limits);
    identity = await startFreshIdentity({ TRUSTED_PROXIES: "127.0.0.1" }, { throttle });
  });
  afterAll(() => identity?.close());

  it("answers 429 with Retry-After after a burst of failures, also to many at once", async () => {
    const from = { "x-forwarded-for": "192.0.2.1" };
    const wrong = { ...alice, password: "wrong" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => identity.login(wrong, from)));

    expect(answers.map((answer) => answer.status).sort()).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
    const throttled = answers.find((answer) => answer.status === 429);
    expect(Number(throttled?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(throttled?.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await readBody<Problem>(throttled as Response)).code).toBe("RATE_LIMITED");
  });

  it("lets the same user in from another address", async () => {
    expect((await identity.login(alice, { "x-forwarded-for": "192.0.2.2" })).status).toBe(200);
  });

  it.each(["bob", "nobody"])(
    "holds %s back, known or not, while many networks guess, and refuses none of them",
    async (username) => {
      const startedMs = performance.now();
      const answers: Response[] = [];
      for (let index = 0; index < 8; index += 1) {
        answers.push(
          await identity.login({ username, password: "wrong" }, { "x-forwarded-for": `198.51.100.${index}` }),
        );
      }
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(401));
      // The sixth to the eighth: 150, 300 and 300 ms.
      expect(performance.now() - startedMs).toBeGreaterThan(700);
    },
  );

  it("lets the user in at once from a network that they logged in from before", async () => {
    const usual = { "x-forwarded-for": "203.0.113.7" };
    const oscar = { username: "oscar", password: "demo-password" };
    expect((await identity.login(oscar, usual)).status).toBe(200);
    for (let index = 0; index < 8; index += 1) {
      await identity.login({ ...oscar, password: "wrong" }, { "x-forwarded-for": `198.51.100.${index}` });
    }
    const heldBack = async () => {
      const metrics = await (await fetch(`${identity.opsUrl}/metrics`)).text();
      return Number(/^identity_logins_held_back_total\{.*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
    };
    const before = await heldBack();
    expect((await identity.login(oscar, usual)).status).toBe(200);
    expect(await heldBack()).toBe(before);
    expect((await identity.login(oscar, { "x-forwarded-for": "203.0.113.8" })).status).toBe(200);
    expect(await heldBack()).toBe(before + 1);
  });
});

describe("more logins than can be hashed", () => {
  it("are answered 503 with Retry-After, and do not count as failed", async () => {
    const slow = { ARGON2_MEMORY_KIB: "65536", ARGON2_ITERATIONS: "2", ARGON2_CONCURRENCY: "1", ARGON2_QUEUE: "0" };
    const identity = await startFreshIdentity({ ...slow, APP_MODE: "development" });
    try {
      const wrong = { username: "alice", password: "wrong" };
      const answers = await Promise.all(Array.from({ length: 5 }, () => identity.login(wrong)));
      const overloaded = answers.filter(({ status }) => status === 503);
      expect(overloaded.length).toBeGreaterThan(0);
      expect(overloaded[0]?.headers.get("retry-after")).toBe("1");
      expect((await readBody<Problem>(overloaded[0] as Response)).code).toBe("OVERLOADED");
      for (const _ of overloaded) expect((await identity.login(wrong)).status).toBe(401);
    } finally {
      await identity.close();
    }
  }, 60_000);
});

describe("an account whose logins take all places to wait for a hash", () => {
  it("gives one up for another account's", async () => {
    const slow = { ARGON2_MEMORY_KIB: "65536", ARGON2_ITERATIONS: "2", ARGON2_CONCURRENCY: "1", ARGON2_QUEUE: "4" };
    const identity = await startFreshIdentity({ ...slow, APP_MODE: "development", TRUSTED_PROXIES: "127.0.0.1" });
    try {
      const logIn = (username: string, index: number) =>
        identity.login({ username, password: "wrong" }, { "x-forwarded-for": `198.51.100.${index}` });
      const attacks = Array.from({ length: 8 }, (_, index) => logIn("alice", index));
      await Promise.any(attacks.map(async (one) => expect((await one).status).toBe(503)));
      expect((await logIn("bob", 100)).status).toBe(401);
      const statuses = (await Promise.all(attacks)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(2);
    } finally {
      await identity.close();
    }
  });
});

describe("a name that there is not, where most hashes were made with more work than today's", () => {
  it("is refused after that work", async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    const startWith = (memoryKib: number, mode: string) =>
      startIdentity(testEnvironment(database.url, { ARGON2_MEMORY_KIB: String(memoryKib), APP_MODE: mode }));
    try {
      await (await startWith(16_384, "demo")).close();
      await pool.query("UPDATE users SET password_hash = $1 WHERE username = 'bob'", [
        await hash("demo-password", { memoryCost: 8, timeCost: 1, parallelism: 1 }),
      ]);
      const identity = await startWith(8, "development");
      try {
        const times: { alice: number; bob: number; nobody: number }[] = [];
        // Of the processor: the clock would also tell who else works on the machine.
        const timeOf = async (username: string, round: number) => {
          const from = process.cpuUsage();
          const answer = await identity.login({
            username: username === "nobody" ? `nobody-${round}` : username,
            password: "wrong",
          });
          expect(answer.status).toBe(401);
          const { user, system } = process.cpuUsage(from);
          return user + system;
        };
        for (let round = 0; round < 4; round += 1) {
          times.push({
            alice: await timeOf("alice", round),
            bob: await timeOf("bob", round),
            nobody: await timeOf("nobody", round),
          });
        }
        const least = (who: "alice" | "bob" | "nobody") => Math.min(...times.map((time) => time[who]));
        for (const who of ["alice", "bob"] as const) {
          expect(least("nobody")).toBeGreaterThan(least(who) / 3);
          expect(least("nobody")).toBeLessThan(least(who) * 3);
        }
      } finally {
        await identity.close();
      }
    } finally {
      await pool.end();
      await database.drop();
    }
  });
});

describe("a password that was hashed with less work", () => {
  it("is hashed anew when its user logs in, once", async () => {
    const database = await createTestDatabase();
    const identity = await startIdentity(testEnvironment(database.url, { ARGON2_MEMORY_KIB: "32" }));
    const pool = new pg.Pool({ connectionString: database.url });
    const stored = async () => {
      const { rows } = await pool.query<{ password_hash: string }>(
        "SELECT password_hash FROM users WHERE username = 'bob'",
      );
      return rows[0]?.password_hash;
    };
    try {
      const old = await hash("demo-password", { memoryCost: 16, timeCost: 1, parallelism: 1 });
      await pool.query("UPDATE users SET password_hash = $1 WHERE username = 'bob'", [old]);
      const bob = { username: "bob", password: "demo-password" };

      expect((await identity.login({ ...bob, password: "wrong" })).status).toBe(401);
      expect(await stored()).toBe(old);
      expect((await identity.login(bob)).status).toBe(200);
      const renewed = await stored();
      expect(renewed).toMatch(/m=32,t=1,p=1/);
      expect((await identity.login(bob)).status).toBe(200);
      expect(await stored()).toBe(renewed);
    } finally {
      await pool.end();
      await identity.close();
      await database.drop();
    }
  });
});
