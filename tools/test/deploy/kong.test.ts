import { SagaOperatorServiceService } from "@shop/protos/gen/shop/orders/v1/operator";
import { OrderServiceService } from "@shop/protos/gen/shop/orders/v1/orders";
import { startGateway, type TestGateway } from "../../../gateway/test/_gateway.ts";
import { routes as identityRoutes } from "../../../identity-service/src/api/service.ts";
import { kongSchema, readKong } from "./_kong-document.ts";
import { matchRequest } from "./_kong-router.ts";
import { kongFaults } from "./_kong-rules.ts";

const document = kongSchema.parse(readKong());
const id = "01900000-0000-7000-8000-0000000000aa";

const api = "services/gateway/routes/api";
const reads = "services/gateway-reads/routes/api-reads";
const login = "services/identity-login/routes/login";
const orders = "services/order-service/routes/orders";
const checks = "upstreams/gateway.upstream/healthchecks";

it("keeps all rules", () => {
  expect(kongFaults(readKong())).toEqual([]);
});

describe("what reaches a service", () => {
  let gateway: TestGateway;
  let described: { method: string; path: string }[];
  beforeAll(async () => {
    gateway = await startGateway();
    const { body } = await gateway.get("/openapi.json");
    described = Object.entries<object>(body.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path: path.replace(/\{\w+\}/g, id) })),
    );
  });
  afterAll(() => gateway.close());

  it("is every route that the gateway describes, at the path that its service knows", () => {
    expect(described.length).toBeGreaterThan(20);
    for (const { method, path } of described) {
      expect([method, path, reached(method, path)]).toEqual([method, path, toldBy(path)]);
    }
  });

  it("is what a browser asks beforehand, and what is answered with 405", () => {
    for (const { path } of described) {
      for (const method of ["OPTIONS", "PUT"]) {
        expect([method, path, reached(method, path)]).toEqual([method, path, toldBy(path)]);
        expect(matchRequest(document, method, path)?.service.retries).toBe(0);
      }
    }
  });

  it("is also what the checks of closed targets ask for, and it is answered as they want it", async () => {
    for (const { name, healthchecks } of document.upstreams) {
      const { http_path, healthy } = healthchecks.active;
      const status = name.startsWith("gateway.") ? (await gateway.get(http_path)).status : statusOfIdentity(http_path);
      expect([name, healthy.http_statuses]).toEqual([name, [status]]);
    }
  });

  it("of identity, is what the gateway would pass on and nothing else", () => {
    const passedOn = new Set(described.map(({ method, path }) => `${method} ${path}`));
    for (const { method, path } of identityRoutes) {
      const asked = `/auth${path.replaceAll(/:\w+/g, id)}`;
      expect([method, asked, matchRequest(document, method, asked) !== undefined]).toEqual([
        method,
        asked,
        passedOn.has(`${method} ${asked}`),
      ]);
    }
  });
});

it.each([
  "/docs",
  "/docs/",
  "/docs/static/swagger-ui.css",
  "/docs/grpc",
  "/openapi.json",
  "/dashboard",
  "/dashboard/assets/index.js",
  "/health",
])("%s reaches the gateway as it is", (path) => {
  expect(reached("GET", path)).toBe(`gateway.upstream${path}`);
});

it.each([
  "/",
  "/api",
  "/apis/orders",
  "/auth",
  "/auth/",
  "/auth/login/",
  "/auth/loginx",
  "/auth/health",
  "/auth/metrics",
  "/auth/revocations",
  `/auth/internal/profiles/${id}`,
  "/auth/keysx",
  "/auth/usersx",
  "/login",
  "/oauth2/token",
  "/internal/profiles",
  "/revocations",
  "/metrics",
  "/health/live",
  "/health/ready",
  "/healthz",
  "/openapi.jsonx",
  "/openapixjson",
  "/docsx",
  "/dashboards",
  "/shop.orders.v1.OrderServiceX/CreateOrder",
  "/shop.orders.v2.OrderService/CreateOrder",
  "/shop.inventory.v1.InventoryService/AdjustStock",
  "/shop.payments.v1.PaymentService/ProcessPayment",
  "/shop.shipping.v1.ShippingService/CancelShipment",
  "/shop.notifications.v1.NotificationService/ListNotifications",
  "/shop.batch.v1.BatchService/Call",
  "/grpc.health.v1.Health/Check",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
])("%s reaches nothing", (path) => {
  for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) expect(reached(method, path)).toBeUndefined();
});

it("every call of OrderService reaches the order service, and a watch has a service of its own", () => {
  const calls = Object.values(OrderServiceService).map(({ path }) => path);

  expect(calls.length).toBeGreaterThan(4);
  for (const path of calls) {
    expect([path, matchRequest(document, "POST", path)?.service.name]).toEqual([
      path,
      path.endsWith("/WatchOrder") ? "order-service-watch" : "order-service",
    ]);
  }
});

it("no call of SagaOperatorService reaches anything", () => {
  const calls = Object.values(SagaOperatorServiceService).map(({ path }) => path);

  expect(calls.length).toBeGreaterThan(4);
  for (const path of calls) expect([path, reached("POST", path)]).toEqual([path, undefined]);
});

/** Upstream and path that a request comes to. */
function reached(method: string, path: string): string | undefined {
  const match = matchRequest(document, method, path);
  return match && `${match.service.host ?? match.service.url}${match.upstreamPath}`;
}

function toldBy(path: string): string {
  return path.startsWith("/auth/") ? `identity.upstream${path.slice("/auth".length)}` : `gateway.upstream${path}`;
}

/** Identity's own tests see to it that a GET without parameters and without a token is answered with 200. */
function statusOfIdentity(path: string): number {
  return identityRoutes.some((route) => route.method === "GET" && route.path === path) ? 200 : 404;
}

/** Where something else stands, by the names of what it is in; undefined: it is left out. */
type Mutation = [what: string, place: string, value: unknown, fault: string];

describe("each rule", () => {
  it.each<Mutation>([
    ["another format", "_format_version", "2.1", "_format_version"],
    ["a number for the format", "_format_version", 3, "_format_version"],
    ["an unknown attribute", "services/gateway/retry", 0, "retry"],
    ["redis in the old form", "plugins/rate-limiting/config/redis_host", "redis", "redis_host"],
    ["a policy that needs a database", "plugins/rate-limiting/config/policy", "cluster", "policy"],
    ["a plugin that needs a secret", "plugins/cors/name", "jwt", "the schema: plugins"],
    ["consumers", "consumers", [{ username: "alice" }], "consumers"],
    ["a path without a slash", `${login}/paths`, ["auth/login"], "must start with /"],

    ["a pattern without its sign", `${login}/paths`, ["/auth/login$"], "is no pattern without ~"],
    ["a pattern that Rust does not know", `${login}/paths`, ["~/auth/login(?!x)"], "no look-around"],
    ["a port that there is not", "plugins/rate-limiting/config/redis/port", 65_536, "the schema: plugins"],

    ["no protocols for gRPC", `${orders}/protocols`, undefined, "orders: speaks another protocol"],
    ["gRPC over TLS only", `${orders}/protocols`, ["grpcs"], "orders: takes no plaintext"],
    ["REST over TLS only", `${login}/protocols`, ["https"], "login: takes no plaintext"],
    ["a shorter gRPC path", `${orders}/paths`, ["/shop.orders"], "orders: is not below the package's exact path"],
    ["methods for gRPC", `${orders}/methods`, ["POST"], "orders: restricts methods"],
    ["a stripped gRPC path", `${orders}/strip_path`, true, "orders: strips a gRPC path"],
    ["stripping by default", `${api}/strip_path`, undefined, "api: leaves it to a default"],
    ["a route for everything", "services/gateway/routes/pages/paths", ["/"], "pages: swallows every path"],
    ["a pattern for everything", "services/gateway-events/routes/order-events/paths", ["~/.*"], "swallows every path"],
    ["POST among reads", `${reads}/methods`, ["GET", "POST"], "api-reads: mixes reading"],
    ["two routes that rank alike", `${reads}/methods`, undefined, "matches api and api-reads alike"],

    ["retries by default", "services/gateway/retries", undefined, "gateway: sends again what changes"],
    ["orders sent again", "services/order-service/retries", 1, "order-service: sends again what changes"],
    ["logins sent again", "services/identity-login/retries", 1, "identity-login: sends again what changes"],
    ["reads sent again and again", "services/gateway-reads/retries", 5, "gateway-reads: sends again more than once"],
    ["a short read timeout", "services/gateway/read_timeout", 12_000, "gateway: gives up"],
    ["a long connect timeout", "services/gateway/connect_timeout", undefined, "waits too long for a connection"],
    ["no time for a connection", "services/gateway/connect_timeout", 1, "no time for a connection"],
    ["a long read timeout", "services/gateway/read_timeout", 3_600_000, "other calls hang"],
    ["no time to send", "services/gateway/write_timeout", 1, "sending a request takes no time"],
    ["a path for gRPC", "services/order-service/path", "/v1", "a path that gRPC has none of"],

    ["no upstream", "services/gateway/host", "gateway", "gateway: has no upstream"],
    ["gRPC behind an upstream", "upstreams/gateway.upstream/name", "order-service", "could be closed for good"],
    ["gRPC elsewhere", "services/order-service/url", "grpc://orders:9080", "is at another address"],
    ["an unknown target", "upstreams/gateway.upstream/targets", [{ target: "gateway:80" }], "another target"],
    ["no passive check", `${checks}/passive`, undefined, "no passive check that counts"],
    ["no read that is tried twice", "services/identity-well-known-reads/retries", 0, "no passive check that counts"],
    ["a status as a failure", `${checks}/passive/unhealthy/http_failures`, 3, "whoever brings about a status"],
    ["slow answers as failures", `${checks}/passive/unhealthy/timeouts`, 3, "takes a slow answer for a failure"],
    ["failures that add up", `${checks}/passive/healthy`, undefined, "adds up failures"],
    ["no active check", `${checks}/active`, undefined, "is never opened again"],
    ["an active check by tcp", `${checks}/active/type`, "tcp", "an active check that does not work"],
    ["an active check by grpc", `${checks}/active/type`, "grpc", "an active check that does not work"],
    ["one lost connection as an end", `${checks}/passive/unhealthy/tcp_failures`, 1, "closes at the first"],
    ["closed targets asked seldom", `${checks}/active/unhealthy/interval`, 600, "is opened again late"],
    ["no time for a check", `${checks}/active/timeout`, 0, "an active check without time to answer"],
    ["nobody asks a closed target", `${checks}/active/unhealthy`, undefined, "is never opened again"],

    ["counting in each Kong", "plugins/rate-limiting/config/policy", "local", "does not count in redis"],
    ["no redis", "plugins/rate-limiting/config/redis", undefined, "does not count in redis"],
    ["all refused without redis", "plugins/rate-limiting/config/fault_tolerant", false, "refuses everything"],
    ["another redis", "plugins/rate-limiting/config/redis/port", 6380, "does not count in redis"],
    ["no time for redis", "plugins/rate-limiting/config/redis/timeout", 1, "gives redis no time"],
    ["a long wait for redis", "plugins/rate-limiting/config/redis/timeout", 2_000, "waits long for redis"],
    ["the services' database", "plugins/rate-limiting/config/redis/database", 0, "shares the services' database"],
    ["counting by consumer", "plugins/rate-limiting/config/limit_by", undefined, "does not count by address"],
    ["hidden limits", "plugins/rate-limiting/config/hide_client_headers", true, "does not tell when to come back"],
    ["a limit of nothing", "plugins/rate-limiting/config/second", undefined, "has no limit"],
    ["few orders", `${api}/plugins/rate-limiting/config/second`, 100, "too few orders over REST"],
    ["few orders over gRPC", `${orders}/plugins/rate-limiting/config/second`, 10, "too few orders over gRPC"],
    ["few requests", "plugins/rate-limiting/config/second", 100, "too few requests of other kinds"],
    ["few logins at once", `${login}/plugins/rate-limiting/config/second`, 1, "too few logins"],
    ["few logins", `${login}/plugins/rate-limiting/config/minute`, 20, "too few logins"],
    ["logins without an end", `${login}/plugins/rate-limiting/config/minute`, undefined, "too many logins"],
    ["few tokens", "services/identity-oauth2/routes/oauth2/plugins/rate-limiting/config/second", 1, "too few tokens"],
    ["many logins", `${login}/plugins`, undefined, "too many logins"],

    ["Kong's own header", "plugins/correlation-id/config/header_name", undefined, "no correlation id"],
    ["an id that is not told", "plugins/correlation-id/config/echo_downstream", undefined, "no correlation id"],
    ["another form of id", "plugins/correlation-id/config/generator", undefined, "a correlation id that is no UUID"],
    ["preflights for the services", "plugins/cors/config/preflight_continue", true, "no preflight is answered"],
    ["cookies", "plugins/cors/config/credentials", true, "cookies may be sent"],
    ["pages of one origin", "plugins/cors/config/origins", ["https://shop.example"], "pages that may not call"],
    ["no DELETE", "plugins/cors/config/methods", ["GET", "POST"], "a method that no page may use"],
    ["hidden headers", "plugins/cors/config/exposed_headers", ["etag"], "a header that no page may read"],
    ["refused headers", "plugins/cors/config/headers", ["authorization"], "a header that no page may send"],
    ["no metrics", "plugins/prometheus/config/status_code_metrics", false, "no metrics"],
    ["no plugins", "plugins", [], "no traces"],
    ["traces of one request in a hundred", "plugins/opentelemetry/config/sampling_rate", undefined, "traces of some"],

    [
      "buffered events",
      "services/gateway-events/routes/order-events/response_buffering",
      undefined,
      "wait in a buffer",
    ],
    ["events behind reads", "services/gateway-events/routes/order-events/methods", undefined, "wait in a buffer"],
    ["impatient events", "services/gateway-events/read_timeout", 20_000, "events end between two heartbeats"],
    ["events sent again", "services/gateway-events/retries", 1, "events are asked for twice"],
    ["an impatient watch", "services/order-service-watch/read_timeout", 300_000, "a watch ends before its saga"],
    ["patient calls", "services/order-service/read_timeout", 3_600_000, "other calls hang as long as a watch"],
    ["a name twice", `${login}/name`, "api", "route: a name is used twice"],
    ["a secret's name", "plugins/opentelemetry/config/resource_attributes/token", "x", "names a secret"],
    ["a secret", `${login}/paths`, [`/auth/${"0a".repeat(20)}`], "holds a secret"],
  ])("refuses %s", (_what, place, value, fault) => {
    const kong = readKong();
    put(kong, place.split("/"), value);

    expect(kongFaults(kong)).toContainEqual(expect.stringContaining(fault));
  });
});

function put(within: unknown, [key = "", ...inner]: string[], value: unknown): void {
  const parent = within as Record<string, unknown>;
  const place = Array.isArray(within) ? String(within.findIndex(({ name }) => name === key)) : key;
  if (inner.length > 0) put(parent[place], inner, value);
  else if (value === undefined) delete parent[place];
  else parent[place] = value;
}
