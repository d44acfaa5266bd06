import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";

jest.setTimeout(60_000);

const shop = join(import.meta.dirname, "..", "..", "src", "shop.ts");
const at = "2026-11-21T20:00:00.000Z";
const current = { kid: "current-key", alg: "ES256", status: "current", createdAt: at, activatesAt: at };
const previous = { ...current, kid: "previous-key", status: "previous", retiresAt: "2026-11-21T20:11:00.000Z" };
const next = { ...current, kid: "next-key", status: "next", activatesAt: "2026-11-21T20:00:01.000Z" };

/** An identity service that has these keys, and lets a new one sign after it has been asked for them so often. */
let keys: object[];
let asksUntilCurrent: number;
let server: Server;
let url: string;
let requests: string[];

beforeEach(async () => {
  keys = [current, previous];
  asksUntilCurrent = 2;
  requests = [];
  server = createServer((req, res) => void answer(req, res));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const route = `${req.method} ${req.url}`;
  requests.push(route);
  if (route === "POST /login") {
    const { username, password } = (await json(req)) as { username: string; password: string };
    if (password !== "right") return problem(res, 401, "The username or the password is not right.");
    return send(res, 200, { access_token: `token-of-${username}` });
  }
  if (req.headers.authorization !== "Bearer token-of-admin") return problem(res, 403, "This is for Admins.");
  if (route === "POST /keys/rotate") {
    keys = [next, current, previous];
    return send(res, 202, next);
  }
  if (route === "GET /keys") {
    if (keys[0] === next && --asksUntilCurrent < 0) keys = [{ ...next, status: "current" }, previous];
    return send(res, 200, { keys });
  }
  if (route !== "DELETE /keys/current-key") return problem(res, 404, "There is no such key.");
  keys = [{ ...next, status: "current" }];
  res.writeHead(204).end();
}

function problem(res: ServerResponse, status: number, detail: string): void {
  res.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify({ detail }));
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function run(args: string[], env: Record<string, string> = { ADMIN_PASSWORD: "right" }) {
  const child = spawn(process.execPath, [shop, "keys", ...args], { env: { PATH: process.env.PATH, ...env } });
  const written = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    written.err += text;
  });
  const [code] = await once(child, "close");
  return { code, ...written };
}

test("list shows every key on a line of its own", async () => {
  const { code, out } = await run(["list", "--url", `${url}/`]);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^KID +ALG +STATUS +CREATED +SIGNS FROM +GOES AT$/);
  expect(lines[2]).toMatch(/^previous-key +ES256 +previous +\S+ +\S+ +2026-11-21T20:11:00.000Z$/);
});

test("list --json prints the document and nothing else", async () => {
  const { code, out, err } = await run(["list", "--url", url, "--json"]);
  expect([code, JSON.parse(out), err]).toEqual([0, { keys: [current, previous] }, ""]);
});

test("rotate publishes a key, waits until it signs, and tells what it does", async () => {
  const { code, out } = await run(["rotate", "--url", url]);
  expect(code).toBe(0);
  expect(out).toContain("Published: next-key (ES256)");
  expect(out).toContain("It signs");
  expect(requests.filter((route) => route === "POST /keys/rotate")).toHaveLength(1);
  expect(requests.filter((route) => route === "GET /keys").length).toBeGreaterThan(2);
});

test("rotate --json prints the key that signs now", async () => {
  const { code, out } = await run(["rotate", "--url", url, "--json"]);
  expect([code, JSON.parse(out)]).toEqual([0, { ...next, status: "current" }]);
});

test("remove takes a key away and says what that costs", async () => {
  const { code, out } = await run(["remove", "current-key", "--url", url]);
  expect(code).toBe(0);
  expect(out).toContain("Removed current-key.");
  expect(out).toContain("next-key signs from now on");
});

const faults: [string, string[], Record<string, string>, number, string][] = [
  ["a key that is not there", ["remove", "../x"], { ADMIN_PASSWORD: "right" }, 1, "There is no key ../x"],
  ["a wrong password", ["list"], {}, 1, "The login as admin was refused: set ADMIN_USERNAME and ADMIN_PASSWORD."],
  ["who is no Admin", ["list"], { ADMIN_USERNAME: "bob", ADMIN_PASSWORD: "right" }, 1, "bob is no Admin"],
  ["no key to remove", ["remove"], {}, 2, "missing required argument 'kid'"],
  ["what is no command", ["burn"], {}, 2, "unknown command 'burn'"],
  ["what is no address", ["list", "--url", "x"], {}, 2, "expected a URL"],
];
test.each(faults)("%s is told in a sentence", async (_case, args, env, code, sentence) => {
  const result = await run(args.includes("--url") ? args : [...args, "--url", url], env);
  expect(result.err).toContain(sentence);
  expect(result.err).not.toMatch(/^ +at /m);
  expect(result.code).toBe(code);
});

test("an address where nobody answers is told in a sentence", async () => {
  const { code, err } = await run(["list", "--url", "http://127.0.0.1:1/auth"]);
  expect(code).toBe(1);
  expect(err).toBe(
    "Nobody answers at http://127.0.0.1:1/auth: is the system running (npm start), or is --url another one?\n",
  );
});

test("--help tells of the environment and the exit codes", async () => {
  const { code, out } = await run(["rotate", "--help"]);
  expect(code).toBe(0);
  expect(out).toContain("ADMIN_PASSWORD");
  expect(out).toContain("Exit codes: 0 done, 1 could not be done, 2 wrong usage.");
});
