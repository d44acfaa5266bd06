import { startGateway, type TestGateway } from "../_gateway.ts";

/** Method and path of every route, and the statuses that it must tell of. */
const routes: [method: string, path: string, statuses: string[]][] = [
  ["post", "/auth/login", ["200", "400", "401", "413", "415", "429", "503"]],
  ["post", "/auth/oauth2/token", ["200", "400", "401", "413", "415", "429", "503"]],
  ["post", "/auth/oauth2/revoke", ["200", "400", "401", "413", "415", "429", "503"]],
  ["post", "/auth/oauth2/introspect", ["200", "400", "401", "413", "415", "429", "503"]],
  ["get", "/auth/keys", ["200", "401", "403", "429", "503"]],
  ["post", "/auth/keys/rotate", ["202", "401", "403", "429", "503"]],
  ["delete", "/auth/keys/{kid}", ["204", "400", "401", "403", "404", "429", "503"]],
  ["post", "/auth/users", ["201", "400", "401", "403", "409", "413", "415", "429", "503"]],
  ["get", "/auth/users/{userId}", ["200", "400", "401", "403", "404", "429", "503"]],
  ["delete", "/auth/users/{userId}", ["204", "400", "401", "403", "404", "429", "503"]],
  ["get", "/auth/.well-known/jwks.json", ["200", "304", "503"]],
  ["get", "/auth/.well-known/oauth-authorization-server", ["200", "503"]],
  ["post", "/api/orders", ["201", "202", "400", "401", "403", "409", "413", "415", "422", "429", "503"]],
  ["get", "/api/orders/{id}", ["200", "304", "400", "401", "404", "429", "503"]],
  ["get", "/api/orders/{id}/saga", ["200", "304", "400", "401", "404", "429", "503"]],
  ["get", "/api/orders/{id}/events", ["200", "204", "400", "401", "404", "429", "503"]],
  ["get", "/api/orders/user/{userId}", ["200", "400", "401", "403", "404", "429", "503"]],
  ["get", "/api/sagas", ["200", "400", "401", "403", "429", "503"]],
  ["post", "/api/sagas/{id}/retry", ["202", "400", "401", "403", "404", "409", "413", "415", "429", "503"]],
  ["post", "/api/sagas/{id}/compensate", ["202", "400", "401", "403", "404", "409", "413", "415", "429", "503"]],
  ["post", "/api/sagas/{id}/resolve", ["202", "400", "401", "403", "404", "409", "413", "415", "429", "503"]],
  ["get", "/api/dead-letters", ["200", "400", "401", "403", "429", "503"]],
  ["get", "/api/dead-letters/{id}", ["200", "400", "401", "403", "404", "429", "503"]],
  ["get", "/api/products", ["200", "400", "429", "503"]],
  ["get", "/api/products/{id}", ["200", "400", "404", "429", "503"]],
  ["get", "/health", ["200", "503"]],
];

describe("the description of the routes", () => {
  let gateway: TestGateway;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back.
  let description: any;
  beforeAll(async () => {
    gateway = await startGateway();
    description = (await gateway.get("/openapi.json")).body;
  });
  afterAll(() => gateway.close());

  it("lists these routes and no others", () => {
    const listed = Object.entries<object>(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );

    expect(listed.sort()).toEqual(routes.map(([method, path]) => `${method} ${path}`).sort());
  });

  it.each(routes)("tells of %s %s what it does and what it answers", (method, path, statuses) => {
    const route = description.paths[path][method];

    expect(route.summary).not.toBe("");
    expect(route.tags).toHaveLength(1);
    expect(Object.keys(route.responses)).toEqual(expect.arrayContaining(statuses));
    const needsUser = /^\/(api\/(?!products)|auth\/(keys|users))/.test(path);
    const needsClient = path === "/auth/oauth2/introspect";
    const mayName = /^\/auth\/oauth2\/(token|revoke)$/.test(path);
    const client = [{ client: [] }, ...(mayName ? [{}] : [])];
    expect(route.security).toEqual(needsUser ? [{ bearer: [] }] : needsClient || mayName ? client : undefined);
  });

  it("refers to nothing that it does not define, and defines nothing that it does not refer to", () => {
    const text = JSON.stringify(description);
    const referred = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));

    expect([...referred].sort()).toEqual(Object.keys(description.components.schemas).sort());
    expect(referred).toContain("Order");
    expect([...referred].filter((name) => name?.endsWith("Input"))).toEqual([]);
  });

  it("is OpenAPI 3.1 with every part that the version asks for", () => {
    expect(description.openapi).toBe("3.1.0");
    expect(description.info).toMatchObject({ title: "Shop", version: "1" });
    expect(description.components.securitySchemes.bearer).toMatchObject({ type: "http", scheme: "bearer" });
    for (const methods of Object.values<object>(description.paths)) {
      for (const { responses } of Object.values(methods)) {
        for (const [status, response] of Object.entries<{ description: string; content?: object }>(responses)) {
          expect(response.description).not.toBe("Default Response");
          if (response.content) expect(["1", "2"]).toContain(String(Object.keys(response.content).length));
          else expect(["200", "204", "304"]).toContain(status);
        }
      }
    }
  });

  it("tells of every value that it takes: ids in capital letters, and names as long as the order service takes them", () => {
    const parameters = (path: string, method: string) =>
      // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back.
      Object.fromEntries(description.paths[path][method].parameters.map((one: any) => [one.name, one.schema]));
    const id = parameters("/api/sagas/{id}/retry", "post").id;
    const { userId } = parameters("/api/orders/user/{userId}", "get");
    const { sagaId, step } = parameters("/api/dead-letters", "get");

    for (const { pattern } of [id, sagaId, userId.anyOf.at(-1)]) {
      expect("01900000-0000-7000-8000-00000000A11C").toMatch(new RegExp(pattern));
      expect("01900000-0000-7000-8000-00000000a11c").toMatch(new RegExp(pattern));
      expect("01900000-0000-7000-8000-00000000a11c0").not.toMatch(new RegExp(pattern));
    }
    expect(step.maxLength).toBe(100);
    expect(parameters("/api/sagas", "get")).toMatchObject({ step: { maxLength: 100 }, error: { maxLength: 200 } });
    expect(description.components.schemas.SagaResolution.properties).toMatchObject({
      undo: { maxLength: 100 },
      reason: { maxLength: 500 },
    });
  });

  it("shows the body of an order with its limits and an example", () => {
    const order = description.components.schemas.NewOrder;

    expect(order).toMatchObject({ type: "object", required: ["items"], additionalProperties: false });
    expect(order.properties.items).toMatchObject({ minItems: 1, maxItems: 100 });
    expect(order.properties.items.items.properties.quantity).toMatchObject({ minimum: 1, maximum: 10_000 });
    expect(order.examples).toHaveLength(1);
  });

  it("shows what sagas and dead letters can be asked for, each parameter with its meaning", () => {
    const named = (path: string) =>
      description.paths[path].get.parameters.map((one: { name: string; description?: string; schema: object }) => {
        expect(one.description ?? "").not.toBe("");
        return one.name;
      });
    const status = description.paths["/api/sagas"].get.parameters[0];

    expect(named("/api/sagas")).toEqual(["status", "step", "error", "minAge", "pageSize", "pageToken"]);
    expect(named("/api/dead-letters")).toEqual(["status", "step", "sagaId", "pageSize", "pageToken"]);
    expect(status.schema).toMatchObject({ type: "array", items: { enum: expect.arrayContaining(["Parked"]) } });
    expect(status.required).toBe(false);
    expect(description.components.schemas.SagaResolution.examples).toHaveLength(1);
  });

  it("gives an example of every problem, and the headers of a placed order", () => {
    const { responses } = description.paths["/api/orders"].post;

    expect(Object.keys(responses[201].headers)).toEqual(["Location", "Idempotency-Replayed"]);
    expect(responses[400].content["application/problem+json"].examples).toMatchObject({
      VALIDATION_FAILED: { value: { code: "VALIDATION_FAILED", status: 400 } },
      MALFORMED_BODY: { value: { code: "MALFORMED_BODY", status: 400 } },
    });
    expect(Object.keys(responses[429].headers)).toEqual(["Retry-After"]);
  });

  it("leads to the gRPC reference, in which every link leads somewhere", async () => {
    const page = await gateway.get("/docs/grpc");

    expect(description.info.description).toContain("(/docs/grpc)");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const text = String(page.body);
    const anchors = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...text.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(anchors).toContain("shop.orders.v1.OrderService.WatchOrder");
    expect(links.filter((link) => !anchors.has(link))).toEqual([]);
  });

  it("is shown as a page whose every part comes from here", async () => {
    const page = await gateway.get("/docs");

    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    const parts = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = ""]) => part);
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const url = new URL(part, `${gateway.url}/docs`);
      expect(url.origin).toBe(gateway.url);
      expect((await fetch(url)).status).toBe(200);
    }
  });
});
