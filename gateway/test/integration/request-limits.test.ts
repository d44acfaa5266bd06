import { once } from "node:events";
import { Server } from "node:net";
import { text } from "node:stream/consumers";
import { eventually } from "@shop/testkit/eventually";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId } from "../_neighbours.ts";
import { open, type RawAnswer, request, sendRaw } from "../_raw.ts";

describe("what a request may be", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ REQUEST_TIMEOUT_MS: "300" });
  });
  afterAll(() => gateway.close());

  const auth = () => `Authorization: Bearer ${gateway.tokens.userToken()}`;
  const order = JSON.stringify({ items: [{ productId, quantity: 1 }] });

  function post(headers: readonly string[], body: string | Buffer): Buffer {
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const head = request("POST /api/orders", [auth(), "Content-Type: application/json", length, ...headers]);
    return Buffer.concat([head, Buffer.from(body)]);
  }

  function expectProblem(answers: readonly RawAnswer[], status: number, code: string): void {
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    expect(answer?.status).toBe(status);
    expect(answer?.head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(JSON.parse(answer?.body ?? "")).toMatchObject({ status, code, detail: expect.stringMatching(/./) });
  }

  const refused: [what: string, sent: () => Buffer | string, status: number, code: string][] = [
    [
      "headers of more than 16 kB",
      () => request("GET /health", [`X-Large: ${"x".repeat(17_000)}`]),
      431,
      "MALFORMED_REQUEST",
    ],
    [
      "101 headers",
      () =>
        request(
          "GET /health",
          Array.from({ length: 101 }, (_, n) => `X-${n}: 1`),
        ),
      431,
      "MALFORMED_REQUEST",
    ],
    ["a path of 10 kB", () => request(`GET /api/orders/${"7".repeat(10_000)}`, [auth()]), 414, "MALFORMED_REQUEST"],
    ["a query of 10 kB", () => request(`GET /api/products?pageToken=${"7".repeat(10_000)}`), 414, "MALFORMED_REQUEST"],
    ["a path that is no UTF-8", () => request("GET /api/orders/%FF", [auth()]), 404, "NOT_FOUND"],
    ["a path with a raw byte", () => request("GET /api/orders/\u00ff", [auth()]), 400, "MALFORMED_REQUEST"],
    ["a query that is no UTF-8", () => request("GET /api/products?pageToken=%C3%28"), 400, "VALIDATION_FAILED"],
    [
      "a token that is no ASCII",
      () => request(`GET /api/orders/${orderId}`, ["Authorization: Bearer \u00ff"]),
      401,
      "UNAUTHENTICATED",
    ],
    ["a key that is no ASCII", () => post(["Idempotency-Key: \u00ff"], order), 400, "VALIDATION_FAILED"],
    [
      "a body that is no UTF-8",
      () => post([], Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])),
      400,
      "MALFORMED_BODY",
    ],
    ["a body above 256 kB", () => post([], `{"paymentMethod":"${"x".repeat(256 * 1024)}"}`), 413, "PAYLOAD_TOO_LARGE"],
    ["a compressed body", () => post(["Content-Encoding: gzip"], order), 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["two tokens", () => request(`GET /api/orders/${orderId}`, [auth(), auth()]), 400, "VALIDATION_FAILED"],
    ["two keys", () => post(["Idempotency-Key: a", "idempotency-key: b"], order), 400, "VALIDATION_FAILED"],
    ["two hosts", () => request("GET /health", ["Host: evil"]), 400, "VALIDATION_FAILED"],
    ["no host", () => "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400, "MALFORMED_REQUEST"],
    ["two lengths", () => post(["Content-Length: 5"], order), 400, "MALFORMED_REQUEST"],
    ["a length and chunks", () => post(["Transfer-Encoding: chunked"], order), 400, "MALFORMED_REQUEST"],
    ["a header without a name", () => "GET /health HTTP/1.1\r\n: x\r\n\r\n", 400, "MALFORMED_REQUEST"],
    ["another protocol", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "MALFORMED_REQUEST"],
  ];

  it.each(refused)("refuses %s", async (_what, sent, status, code) => {
    expectProblem(await sendRaw(gateway.url, sent()), status, code);
  });

  it("refuses an address of 10 kB in an order", async () => {
    const shippingAddress = { street: "x".repeat(10_000), city: "Springfield", zipCode: "62701", country: "US" };

    const answer = await gateway.post("/api/orders", { items: [{ productId, quantity: 1 }], shippingAddress });

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ field: "shippingAddress.street" }]);
  });

  it.each([
    ["headers", "GET /health HTTP/1.1\r\nHost: shop\r\nX-Slow: "],
    [
      "body",
      "POST /auth/login HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ],
    ["nothing", ""],
  ])("gives up a client that is slow with its %s", async (_what, begun) => {
    const socket = open(gateway.url);
    socket.write(begun);

    const [answer] = await Promise.all([text(socket), once(socket, "close")]);

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"MALFORMED_REQUEST"');
  });

  it("answers requests that come together in their order", async () => {
    const health = "GET /health HTTP/1.1\r\nHost: shop\r\n\r\n";
    const unknown = "GET /nope HTTP/1.1\r\nHost: shop\r\n\r\n";
    const answers = await sendRaw(gateway.url, `${health}${unknown}${health}${request("GET /nope")}`);

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404]);
  });

  it("keeps a connection open for longer than a proxy would, and says so", async () => {
    const { headers } = await gateway.get("/api/products");

    expect(headers.get("keep-alive")).toBe("timeout=65");
  });

  it("answers the HTTP/1.0 in which a proxy asks whether it lives, at the path that Kong asks", async () => {
    const [answer] = await sendRaw(gateway.url, "GET /openapi.json HTTP/1.0\r\nHost: gateway\r\n\r\n");

    expect(answer?.status).toBe(200);
  });

  it("serves others while some are slow", async () => {
    const slow = Array.from({ length: 200 }, () => open(gateway.url));
    for (const socket of slow) socket.write("GET /health HTTP/1.1\r\nX-Slow: ");
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.get("/api/products")));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });
});

describe("how many connections there may be", () => {
  it("lets as many wait to be taken at once, for one that finds no room comes again only after seconds", async () => {
    const listen = jest.spyOn(Server.prototype, "listen");
    const gateway = await startGateway({ MAX_CONNECTIONS: "1234" });
    try {
      expect(listen.mock.calls.map(([how]) => how)).toContainEqual(expect.objectContaining({ backlog: 1234 }));
    } finally {
      listen.mockRestore();
      await gateway.close();
    }
  });

  it("closes those that are too many, and lets others in when some have gone", async () => {
    const gateway = await startGateway({ MAX_CONNECTIONS: "2" });
    try {
      const first = open(gateway.url);
      const second = open(gateway.url);
      first.write("GET /health HTTP/1.1\r\nHost: shop\r\n\r\n");
      second.write("GET /health HTTP/1.1\r\nHost: shop\r\n\r\n");
      await Promise.all([once(first, "data"), once(second, "data")]);

      await expect(sendRaw(gateway.url, request("GET /health"))).resolves.toEqual([]);

      const closed = once(first, "close");
      first.destroy();
      await closed;
      await eventually(async () => {
        const answers = await sendRaw(gateway.url, request("GET /health"));
        expect(answers.map(({ status }) => status)).toEqual([200]);
      });
      second.destroy();
    } finally {
      await gateway.close();
    }
  });
});
