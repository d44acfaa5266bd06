import { startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId, startHttpNeighbour, wirePlaced } from "../_neighbours.ts";

const body = { items: [{ productId, quantity: 1 }] };

describe("the door", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ORDERS_PER_SECOND: "3", CORS_ORIGINS: "https://shop.example" });
  });
  afterAll(() => gateway.close());

  it("lets one address place so many orders a second and no more", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => gateway.post("/api/orders", body)));

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 201, 429, 429]);
    const limited = answers.find(({ status }) => status === 429);
    expect(limited?.body).toMatchObject({ code: "RATE_LIMITED", status: 429 });
    expect(limited?.headers.get("retry-after")).toBe("1");
    expect(limited?.headers.get("ratelimit-limit")).toBe("3");
    expect(limited?.headers.get("content-type")).toContain("application/problem+json");
    await expect(gateway.get("/api/products")).resolves.toMatchObject({ status: 200 });
  });

  it("answers the pages of configured origins only", async () => {
    const preflight = (origin: string) =>
      gateway.get("/api/orders", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });

    const ours = await preflight("https://shop.example");
    const others = await preflight("https://evil.example");

    expect(ours.status).toBe(204);
    expect(ours.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    expect(others.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("tells the pages of configured origins what they may send and read, and lets them remember it", async () => {
    const origin = "https://shop.example";
    const preflight = await gateway.get(`/api/orders/${orderId}/events`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization,last-event-id",
      },
    });
    const read = await gateway.get("/api/products", { headers: { origin } });
    const listOf = (headers: Headers, name: string) => (headers.get(name) ?? "").toLowerCase().split(", ");

    expect(preflight.headers.get("access-control-max-age")).toBe("600");
    expect(preflight.headers.get("vary")).toContain("Origin");
    expect(listOf(preflight.headers, "access-control-allow-methods")).toEqual(["get", "head", "post", "delete"]);
    expect(listOf(preflight.headers, "access-control-allow-headers")).toEqual(
      expect.arrayContaining(["authorization", "content-type", "idempotency-key", "if-none-match", "last-event-id"]),
    );
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    expect(listOf(read.headers, "access-control-expose-headers")).toEqual(
      expect.arrayContaining(["etag", "location", "retry-after", "x-correlation-id", "idempotency-replayed"]),
    );
  });

  it("sends the headers that protect a browser", async () => {
    const { headers } = await gateway.get("/api/products");

    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'self'");
    expect(headers.get("x-powered-by")).toBeNull();
  });

  it("measures requests by route, without ids", async () => {
    await gateway.get(`/api/products/${productId}`);
    await gateway.get(`/api/orders/${orderId}`);
    await gateway.get("/nope/17");

    const metrics = await (await fetch(`${gateway.opsUrl}/metrics`)).text();

    const counted = (labels: string) =>
      expect(metrics).toContain(`http_server_request_duration_seconds_count{service="gateway",${labels}} `);
    counted('route="/api/products/:id",method="GET",status="200"');
    counted('route="/api/orders/:id",method="GET",status="401"');
    counted('route="unmatched",method="GET",status="404"');
    expect(metrics).not.toContain(productId);
    expect(metrics).not.toContain("/nope");
  });

  it("is alive and ready on its own port", async () => {
    for (const path of ["/health", "/health/live", "/health/ready"]) {
      expect((await fetch(`${gateway.opsUrl}${path}`)).status).toBe(200);
    }
  });

  it("answers what is under way before it closes, and takes nothing new", async () => {
    const closing = await startGateway();
    const called = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    closing.neighbours.onCreateOrder = async () => {
      called.resolve();
      await finish.promise;
      return wirePlaced();
    };
    const answer = closing.post("/api/orders", body);
    await called.promise;

    const closed = closing.context.close();
    await expect(fetch(closing.url).then(({ status }) => status)).rejects.toThrow();
    finish.resolve();

    await expect(answer).resolves.toMatchObject({ status: 201 });
    await closed;
    await closing.close();
  });
});

describe("GET /health", () => {
  it("is 200 when every service is ready", async () => {
    const gateway = await startGateway();
    try {
      const { status, body: health } = await gateway.get("/health");
      expect(status).toBe(200);
      expect(health).toMatchObject({ status: "ready", notReady: [] });
      expect(Object.keys(health.services)).toEqual([
        "identity",
        "orders",
        "inventory",
        "payments",
        "shipping",
        "notifications",
      ]);
      await gateway.get("/health");
      expect(gateway.identity.seen.map(({ url }) => url)).toEqual(Array(6).fill("/health/ready"));
    } finally {
      await gateway.close();
    }
  });

  it("is 200 while one of a service's processes is ready", async () => {
    const replica = await startHttpNeighbour();
    const gateway = await startGateway({ ORDERS_OPS_URL: `http://127.0.0.1:1,${replica.url}` });
    try {
      expect((await gateway.get("/health")).status).toBe(200);
    } finally {
      await Promise.all([gateway.close(), replica.close()]);
    }
  });

  it("is 503 and names the services that are not", async () => {
    const gateway = await startGateway({ PAYMENTS_OPS_URL: "http://127.0.0.1:1" });
    gateway.identity.answer = { status: 503, body: "{}" };
    try {
      const { status, body: health } = await gateway.get("/health");
      expect(status).toBe(503);
      expect(health.notReady).toEqual(["identity", "orders", "inventory", "payments", "shipping", "notifications"]);
      expect(health.services).toMatchObject({ payments: "unreachable", orders: "not ready" });
    } finally {
      await gateway.close();
    }
  });
});
