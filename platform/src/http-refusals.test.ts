import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { answerClientError, lacksHost, malformedRequest, refuseOddRequests } from "./http-refusals.ts";

let server: Server;

beforeAll(async () => {
  server = createServer({ requireHostHeader: false }, (req, res) => {
    const status = lacksHost(req) ? 400 : 200;
    res.writeHead(status, { connection: "close" }).end(JSON.stringify(malformedRequest(status, "")));
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

test("takes HTTP/1.0, which knows no host", async () => {
  await expect(exchange("GET / HTTP/1.0\r\n\r\n")).resolves.toMatch(/^HTTP\/1.1 200 /);
});

/** All that comes until the connection is ended by the other side. */
function exchange(request: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", () => socket.destroy());
  socket.write(request);
  return new Promise((resolve) => socket.once("close", () => resolve(received)));
}
