import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { eventually } from "@shop/testkit/eventually";
import { answerClientError, lacksHost, malformedRequest, refuseOddRequests } from "./http-refusals.ts";

let server: Server;

beforeAll(async () => {
  server = createServer({ requireHostHeader: false }, (req, res) => {
    if (req.url === "/late") return void setImmediate(() => res.end());
    if (req.url === "/slowly") {
      res.writeHead(200).flushHeaders();
      return void setImmediate(() => res.end());
    }
    const status = lacksHost(req) ? 400 : 200;
    res
      .writeHead(status, req.url === "/kept" || req.method === "POST" ? {} : { connection: "close" })
      .end(JSON.stringify(malformedRequest(status, "")));
  });
  server.on("clientError", answerClientError);
  refuseOddRequests(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test.each([
  ["what is no request", "garbage\r\n\r\n", 400],
  ["headers that are too large", `GET / HTTP/1.1\r\nx: ${"a".repeat(99_999)}\r\n\r\n`, 431],
  ["an expectation that nobody knows", "GET / HTTP/1.1\r\nhost: a\r\nexpect: more\r\n\r\n", 417],
  ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", 405],
  ["a request that names no host", "GET / HTTP/1.1\r\n\r\n", 400],
])("refuses %s with a problem, and ends the connection", async (_, request, status) => {
  const answer = await exchange(request);
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toMatch(/^connection: close\r$/im);
  expect(answer).toContain(`"status":${status},"code":"MALFORMED_REQUEST"`);
});

const head = (path: string) => `POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n`;
const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`;
const noChunk = "none\r\n";
const noRequest = "garbage\r\n\r\n";

test.each([
  ["in the body of a request that is just answered", [head("/") + noChunk], [200]],
  ["in the body of a request that was answered before", [head("/"), noChunk], [200]],
  ["in the body of a request whose answer has begun", [head("/slowly") + noChunk], [200]],
  [
    "in the body of a request behind one that is not answered yet",
    [get("/late") + head("/late") + noChunk],
    [200, 200],
  ],
  [
    "in the body of a request behind one that was answered before",
    [get("/kept"), head("/slowly") + noChunk],
    [200, 200],
  ],
  ["behind a request that is not answered yet", [get("/late") + noRequest], [200]],
  ["behind a request that is answered", [get("/kept"), noRequest], [200, 400]],
] as const)("gives no answer to a fault %s that could be taken for another's", async (_, [first, then], statuses) => {
  const answer = await exchange(first, then);
  expect([...answer.matchAll(/^HTTP\/1.1 (\d+) /gm)].map(([, status]) => Number(status))).toEqual(statuses);
});

test.each([
  ["with a body", "POST /", "content-length: 1\r\n\r\nx"],
  ["without a body", "GET /kept", "\r\n"],
])("ends the connection where another protocol is asked for %s, so that nothing is lost", async (_, line, rest) => {
  const upgrade = `${line} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n${rest}`;
  const answer = await exchange(upgrade + get("/kept"));
  expect(answer.match(/^HTTP\/1.1 \d+/gm)).toEqual(["HTTP/1.1 200"]);
  expect(answer).toMatch(/^connection: close\r$/im);
});

test("does not wait for a client that leaves its half of the connection open", async () => {
  const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  socket.on("error", () => undefined); // What is left open is reset.
  socket.write(noRequest);
  await once(socket, "data");
  await eventually(
    () =>
      new Promise<void>((resolve, reject) =>
        server.getConnections((_, count) => (count === 0 ? resolve() : reject(new Error(`${count} connections`)))),
      ),
  );
  socket.destroy();
});

test("takes HTTP/1.0, which knows no host", async () => {
  await expect(exchange("GET / HTTP/1.0\r\n\r\n")).resolves.toMatch(/^HTTP\/1.1 200 /);
});

test.each(["connection", "secureConnection"])("reads nothing of a client that is gone before its %s", (event) => {
  const gone = new Socket();
  server.emit(event, gone);
  expect(gone.destroyed).toBe(true);
});

/** All that comes until the connection is ended by the other side. */
function exchange(request: string, more = ""): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
    if (more !== "") socket.write(more);
    more = "";
  });
  socket.on("error", () => socket.destroy());
  socket.write(request);
  return new Promise((resolve) => socket.once("close", () => resolve(received)));
}
