import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { AppError, type ErrorCode } from "@shop/platform/errors";
import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId } from "../_neighbours.ts";

const body = { items: [{ productId, quantity: 1 }] };

/** What the order service says, and what a client is told. */
const table: [said: ErrorCode, status: number, told: ErrorCode, retryAfterMs: number | undefined][] = [
  ["UNAUTHENTICATED", 401, "UNAUTHENTICATED", undefined],
  ["PERMISSION_DENIED", 403, "PERMISSION_DENIED", undefined],
  ["NOT_FOUND", 404, "NOT_FOUND", undefined],
  ["ORDER_EXISTS", 409, "ORDER_EXISTS", undefined],
  ["IDEMPOTENCY_KEY_REUSED", 422, "IDEMPOTENCY_KEY_REUSED", undefined],
  ["RATE_LIMITED", 429, "RATE_LIMITED", 3_000],
  ["OVERLOADED", 503, "OVERLOADED", 1_500],
  ["UNAVAILABLE", 503, "UNAVAILABLE", undefined],
  ["DEADLINE_EXCEEDED", 503, "UNAVAILABLE", undefined],
  ["INTERNAL", 500, "INTERNAL", undefined],
];

describe("errors", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const user = () => ({ authorization: `Bearer ${gateway.tokens.userToken()}` });

  it.each(table)("tells %s of the order service as %i %s", async (said, status, told, retryAfterMs) => {
    gateway.neighbours.onCreateOrder = () => {
      throw new AppError(said, "It is so.", { retryAfterMs });
    };

    const answer = await gateway.post("/api/orders", body);

    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ status, code: told });
    if (retryAfterMs) expect(answer.headers.get("retry-after")).toBe(String(Math.ceil(retryAfterMs / 1000)));
    if (told === "UNAVAILABLE") expect(answer.headers.get("retry-after")).toBe("1");
  });

  it("answers 404 for another user's order and its saga", async () => {
    const refuse = () => {
      throw new AppError("NOT_FOUND", "There is no such order.");
    };
    gateway.neighbours.onGetOrder = refuse;
    gateway.neighbours.onGetSaga = refuse;

    for (const path of [`/api/orders/${orderId}`, `/api/orders/${orderId}/saga`]) {
      const answer = await gateway.get(path, { headers: user() });
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ code: "NOT_FOUND", status: 404 });
    }
  });

  it.each(["/api/orders/7", "/api/orders/7/saga", "/api/products/7"])("refuses the id of %s by name", async (path) => {
    const answer = await gateway.get(path, { headers: user() });

    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual([{ field: "id", message: "must be a UUID" }]);
  });

  it.each(["/nope", "/api", "/auth/internal/profiles/7", "/auth/revocations", "/docs/static/nope", "/%ZZ"])(
    "answers 404 for %s",
    async (path) => {
      const answer = await gateway.get(path, { headers: user() });

      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({ code: "NOT_FOUND", status: 404 });
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
    },
  );

  it.each([
    ["PUT", "/api/orders", "POST, OPTIONS"],
    ["GET", "/api/orders", "POST, OPTIONS"],
    ["DELETE", `/api/orders/${orderId}`, "GET, HEAD, OPTIONS"],
    ["POST", "/health", "GET, HEAD, OPTIONS"],
    ["GET", "/auth/login", "POST, OPTIONS"],
    ["QUERY", "/api/products", "GET, HEAD, OPTIONS"],
    ["PROPFIND", "/docs/grpc", "GET, HEAD, OPTIONS"],
    ["POST", "/auth/keys/abc", "DELETE, OPTIONS"],
  ])("answers 405 for %s %s and says what can be asked", async (method, path, allowed) => {
    const answer = await gateway.get(path, { method, headers: { "content-type": "text/plain" } });

    expect(answer.status).toBe(405);
    expect(answer.body).toMatchObject({ code: "METHOD_NOT_ALLOWED", status: 405 });
    expect(answer.headers.get("allow")).toBe(allowed);
  });

  it("answers 405 for TRACE, which fetch does not send, and repeats nothing of the request", async () => {
    const asked = request(`${gateway.url}/api/products`, { method: "TRACE", headers: { "x-secret": "canary" } }).end();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve).once("error", reject);
    });

    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe("GET, HEAD, OPTIONS");
    expect(await text(answer)).not.toContain("canary");
  });

  it.each([
    ["QUERY", `/api/orders/${orderId}`, 405],
    ["PROPFIND", `/api/orders/${orderId}`, 405],
    ["QUERY", "/nope", 400],
    ["PROPFIND", "/nope", 404],
  ])("says of %s to %s, sent without a content type, that it is the sender's fault", async (method, path, status) => {
    const asked = request(`${gateway.url}${path}`, { method, headers: user() }).end();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve).once("error", reject);
    });

    expect(answer.resume().statusCode).toBe(status);
  });

  it("answers OPTIONS with what can be asked of a path", async () => {
    const answer = await gateway.get("/api/orders", { method: "OPTIONS" });

    expect(answer.status).toBe(204);
    expect(answer.headers.get("allow")).toBe("POST, OPTIONS");
  });

  it("answers with a problem what is no HTTP request at all", async () => {
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.write("NOT HTTP\r\n\r\n");

    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("application/problem+json");
  });

  it("answers 431 when the headers are too large", async () => {
    const answer = await gateway.get("/health", { headers: { "x-large": "x".repeat(20_000) } });

    expect(answer.status).toBe(431);
  });

  it("tells neither addresses nor causes when a neighbour is gone", async () => {
    const lonely = await startGateway({ ORDERS_ADDRESS: "127.0.0.1:1", INVENTORY_ADDRESS: "127.0.0.1:1" });
    try {
      const answers = [await lonely.post("/api/orders", body), await lonely.get("/api/products")];
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.body.code).toBe("UNAVAILABLE");
        expect(JSON.stringify(answer.body)).not.toMatch(/127\.0\.0\.1|ECONN/);
      }
    } finally {
      await lonely.close();
    }
  });
});
