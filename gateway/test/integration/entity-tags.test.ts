import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, wireOrder } from "../_neighbours.ts";

describe.each([`/api/orders/${orderId}`, `/api/orders/${orderId}/saga`])("the entity tag of %s", (path) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const read = (headers: Record<string, string> = {}, method = "GET") =>
    gateway.get(path, { method, headers: { authorization: `Bearer ${gateway.tokens.userToken()}`, ...headers } });

  it("is strong, the same for the same content, and for the reader alone", async () => {
    const [first, second] = [await read(), await read()];

    expect(first.headers.get("etag")).toMatch(/^"[\w-]{22}"$/);
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(first.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  it("spares the content to a client that has it", async () => {
    const etag = (await read()).headers.get("etag") ?? "";

    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const answer = await read({ "if-none-match": known });
      expect(answer).toMatchObject({ status: 304, body: "" });
      expect(answer.headers.get("etag")).toBe(etag);
      expect(answer.headers.get("cache-control")).toBe("private, no-cache");
    }
    await expect(read({ "if-none-match": '"other"' })).resolves.toMatchObject({ status: 200 });
  });

  it("is told by HEAD as well", async () => {
    const got = await read();
    const head = await read({}, "HEAD");
    const known = await read({ "if-none-match": got.headers.get("etag") ?? "" }, "HEAD");

    expect(head).toMatchObject({ status: 200, body: "" });
    for (const name of ["etag", "content-type", "content-length", "cache-control"]) {
      expect(head.headers.get(name)).toBe(got.headers.get(name));
    }
    expect(known.status).toBe(304);
  });
});

describe("the entity tag of an order", () => {
  it("changes when the order does", async () => {
    const gateway = await startGateway();
    try {
      const headers = { authorization: `Bearer ${gateway.tokens.userToken()}` };
      const before = await gateway.get(`/api/orders/${orderId}`, { headers });
      gateway.neighbours.onGetOrder = () => wireOrder({ updatedAt: new Date("2026-01-31T09:31:00.000Z") });
      const known = { ...headers, "if-none-match": before.headers.get("etag") ?? "" };

      await expect(gateway.get(`/api/orders/${orderId}`, { headers: known })).resolves.toMatchObject({ status: 200 });
    } finally {
      await gateway.close();
    }
  });
});
