import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { answerClientError, lacksHost, malformedRequest, refuseOddRequests } from "./http-refusals.ts";

let server: Server;

beforeAll(async () => {
  server = createServer({ requireHostHeader: false }, (req, res) => {
    if (req.url === "/late") return void setImmediate(() => res.end());
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
  expect(answer).toContain(`"status":${status},"code":"MALFORMED_REQUEST"`);
});

test.each([
  [
    "in the body of a request that is answered",
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnone\r\n",
    1,
  ],
  ["behind a request that is not answered yet", "GET /late HTTP/1.1\r\nhost: a\r\n\r\ngarbage\r\n\r\n", 1],
  ["behind a request that is answered", "GET /kept HTTP/1.1\r\nhost: a\r\n\r\n", 2],
])("gives no answer to a fault %s that could be taken for another's", async (_, request, count) => {
  const answer = await exchange(request, count === 2 ? "garbage\r\n\r\n" : "");
  expect(answer.match(/^HTTP\/1.1 /gm) ?? []).toHaveLength(count);
});

test("takes HTTP/1.0, which knows no host", async () => {
  await expect(exchange("GET / HTTP/1.0\r\n\r\n")).resolves.toMatch(/^HTTP\/1.1 200 /);
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
