import {
  addressOf,
  type KongDocument,
  type KongPlugin,
  type KongRoute,
  type KongService,
  kongSchema,
  speaksGrpc,
} from "./_kong-document.ts";
import { AmbiguousRoutes, matchRequest } from "./_kong-router.ts";

/** The gateway waits so long for the order service's answer to CreateOrder. */
const synchronousBudgetMs = 12_000;
/** An order's events are at most so far apart: the gateway sends a comment then. */
const heartbeatMs = 15_000;
/** The most that SAGA_TIMEOUT_SECONDS may be. */
const longestSagaMs = 3_600_000;

const orderRpc = "/shop.orders.v1.OrderService/CreateOrder";
const watchRpc = "/shop.orders.v1.OrderService/WatchOrder";
const eventsPath = "/api/orders/01900000-0000-7000-8000-0000000000aa/events";

/** The hosts that docker-compose.yaml has, and the ports of their doors. */
const doors = ["gateway:8000", "identity-service:9085", "order-service:9080"];

type Rule = (document: KongDocument) => string[];

/** All that is wrong with a document: with its form, or else with what measured facts about Kong 3.9 ask for. */
export function kongFaults(document: unknown): string[] {
  const parsed = kongSchema.safeParse(document);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) => `the schema: ${path.join(".")} ${message}`);
  }
  try {
    return rules.flatMap((rule) => rule(parsed.data));
  } catch (err) {
    if (err instanceof AmbiguousRoutes) return [err.message];
    throw err;
  }
}

const rules: readonly Rule[] = [
  (document) => servicesAndRoutes(document).flatMap(([service, route]) => routeFaults(service, route)),
  ({ services }) => services.flatMap(serviceFaults),
  (document) => document.services.flatMap((service) => targetFaults(document, service)),
  upstreamFaults,
  (document) => pluginsOf(document).flatMap(pluginFaults),
  globalPluginFaults,
  limitFaults,
  streamFaults,
  nameFaults,
  secretFaults,
];

function servicesAndRoutes({ services }: KongDocument): [KongService, KongRoute][] {
  return services.flatMap((service) => service.routes.map((route): [KongService, KongRoute] => [service, route]));
}

function pluginsOf({ plugins, services }: KongDocument): KongPlugin[] {
  const ofServices = services.flatMap((service) => [
    ...service.plugins,
    ...service.routes.flatMap((route) => route.plugins),
  ]);
  return [...plugins, ...ofServices];
}

/** Each fault of `subject` beside which stands false. */
function unless(subject: string, faults: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(faults)
    .filter(([, isAvoided]) => !isAvoided)
    .map(([fault]) => `${subject}: ${fault}`);
}

function routeFaults(service: KongService, route: KongRoute): string[] {
  const isGrpc = speaksGrpc(service);
  const swallows = ["/", "/anything"].some((path) => matchRequest(onlyRoute(service, route), "GET", path));
  return unless(`route ${route.name}`, {
    "swallows every path": !swallows,
    "speaks another protocol than its service": route.protocols.every((one) => one.startsWith("grpc") === isGrpc),
    "takes no plaintext": route.protocols.includes(isGrpc ? "grpc" : "http"),
    "is not below the package's exact path":
      !isGrpc || route.paths.every((path) => path.startsWith("/shop.orders.v1.")),
    "restricts methods, which gRPC has none of": !isGrpc || route.methods === undefined,
    "strips a gRPC path": !isGrpc || route.strip_path !== true,
    "leaves it to a default whether its path is stripped": isGrpc || route.strip_path !== undefined,
    "mixes reading with changing": !route.methods || route.methods.every((one) => ["GET", "HEAD"].includes(one)),
  });
}

function onlyRoute(service: KongService, route: KongRoute): KongDocument {
  const free = { ...route, methods: undefined };
  return { _format_version: "3.0", upstreams: [], plugins: [], services: [{ ...service, routes: [free] }] };
}

function serviceFaults(service: KongService): string[] {
  const onlyReads = service.routes.every(({ methods }) => methods !== undefined);
  return unless(`service ${service.name}`, {
    "sends again what changes something": service.retries === 0 || (onlyReads && !speaksGrpc(service)),
    "sends again more than once": service.retries <= 1,
    "gives up before an order is answered": service.read_timeout > synchronousBudgetMs,
    "waits too long for a connection": service.connect_timeout <= 5_000,
    "has no time for a connection": service.connect_timeout >= 500,
    "is told that sending a request takes no time": service.write_timeout >= 5_000,
    "has a path that gRPC has none of": !speaksGrpc(service) || service.path === undefined,
  });
}

/** HTTP goes through an upstream, which can be opened again; gRPC through none, for nothing would open it. */
function targetFaults({ upstreams }: KongDocument, service: KongService): string[] {
  const { host } = addressOf(service);
  const upstream = upstreams.find((one) => one.name === host);
  if (!speaksGrpc(service)) return unless(`service ${service.name}`, { "has no upstream": upstream !== undefined });
  return unless(`service ${service.name}`, {
    "could be closed for good": upstream === undefined,
    "is at another address": doors.includes(new URL(service.url ?? "grpc://none").host),
  });
}

/** A failed try counts as such only where another one follows; of the last try Kong counts the status. */
function upstreamFaults({ services, upstreams }: KongDocument): string[] {
  return upstreams.flatMap((upstream) => {
    const { targets, healthchecks } = upstream;
    const { passive, active } = healthchecks;
    const isRead = services.some((service) => addressOf(service).host === upstream.name && service.retries > 0);
    return unless(`upstream ${upstream.name}`, {
      "has another target": targets.every(({ target }) => doors.includes(target)),
      "has no passive check that counts anything": passive.unhealthy.tcp_failures > 0 && isRead,
      "closes at the first lost connection": passive.unhealthy.tcp_failures !== 1,
      "can be closed by whoever brings about a status": passive.unhealthy.http_failures === 0,
      "takes a slow answer for a failure": passive.unhealthy.timeouts === 0 && active.unhealthy.timeouts === 0,
      "adds up failures that successes lie between": passive.healthy.successes === 1,
      "has an active check that does not work": active.type === "http" || active.type === "https",
      "has an active check without time to answer": active.timeout >= 1,
      "is opened again late": active.unhealthy.interval <= 5,
      "is never opened again": active.unhealthy.interval > 0 && active.healthy.successes > 0,
    });
  });
}

function pluginFaults(plugin: KongPlugin): string[] {
  if (plugin.name !== "rate-limiting") return [];
  const { policy, redis, fault_tolerant, limit_by, hide_client_headers, second, minute } = plugin.config;
  return unless("plugin rate-limiting", {
    "does not count in redis": policy === "redis" && redis?.host === "redis" && redis.port === 6379,
    "refuses everything while redis is away": fault_tolerant,
    "gives redis no time": (redis?.timeout ?? 2_000) >= 100,
    "waits long for redis": (redis?.timeout ?? 2_000) <= 500,
    "shares the services' database": redis?.database !== 0,
    "does not count by address": limit_by === "ip",
    "does not tell when to come back": !hide_client_headers,
    "has no limit": second !== undefined || minute !== undefined,
  });
}

function globalPluginFaults({ plugins }: KongDocument): string[] {
  const exposed = [
    "location",
    "etag",
    "retry-after",
    "idempotency-replayed",
    "x-correlation-id",
    "ratelimit-remaining",
  ];
  const taken = ["authorization", "content-type", "idempotency-key", "last-event-id", "x-correlation-id"];
  const id = plugins.find((one) => one.name === "correlation-id")?.config;
  const cors = plugins.find((one) => one.name === "cors")?.config;
  const traces = plugins.find((one) => one.name === "opentelemetry")?.config;
  const methods: readonly string[] = cors?.methods ?? [];
  return unless("for all routes", {
    "no correlation id": id?.header_name === "x-correlation-id" && id.echo_downstream,
    "a correlation id that is no UUID": id?.generator === "uuid",
    "no preflight is answered": cors?.preflight_continue === false,
    "pages that may not call": cors?.origins.includes("*") === true,
    "cookies may be sent": cors?.credentials === false,
    "a method that no page may use": ["GET", "POST", "DELETE"].every((one) => methods.includes(one)),
    "a header that no page may read": exposed.every((header) => cors?.exposed_headers.includes(header)),
    "a header that no page may send": taken.every((header) => cors?.headers.includes(header)),
    "no limit": plugins.some((one) => one.name === "rate-limiting"),
    "no metrics": plugins.some((one) => one.name === "prometheus" && one.config.status_code_metrics),
    "no traces": traces !== undefined,
    "traces of some requests only": traces?.sampling_rate === 1,
    "a plugin twice": new Set(plugins.map(({ name }) => name)).size === plugins.length,
  });
}

/**
 * One address may place 100 orders a second, and as many as that may be read; passwords are not to be guessed. Behind
 * Docker's published ports all callers have one address: a room full of people has to be able to log in.
 */
function limitFaults(document: KongDocument): string[] {
  const limit = (path: string, period: "second" | "minute" = "second") => {
    const own = matchRequest(document, "POST", path)?.route.plugins ?? [];
    return [...own, ...document.plugins].find((one) => one.name === "rate-limiting")?.config[period] ?? Infinity;
  };
  return unless("limits", {
    "too few orders over REST": limit("/api/orders") > 100,
    "too few orders over gRPC": limit(orderRpc) > 100,
    "too few requests of other kinds": limit(watchRpc) >= 500,
    "too few tokens": limit("/auth/oauth2/token") >= 20,
    "too few logins": limit("/auth/login") >= 5 && limit("/auth/login", "minute") >= 60,
    "too many logins": limit("/auth/login") <= 20 && limit("/auth/login", "minute") <= 300,
  });
}

function streamFaults(document: KongDocument): string[] {
  const events = matchRequest(document, "GET", eventsPath);
  const watch = matchRequest(document, "POST", watchRpc);
  const others = document.services.filter((one) => one !== events?.service && one !== watch?.service);
  return unless("streams", {
    "events wait in a buffer": events?.route.response_buffering === false,
    "events end between two heartbeats": (events?.service.read_timeout ?? 0) >= 2 * heartbeatMs,
    "events are asked for twice": events?.service.retries === 0,
    "a watch ends before its saga": (watch?.service.read_timeout ?? 0) >= longestSagaMs,
    "other calls hang as long as a watch": others.every(({ read_timeout }) => read_timeout <= 60_000),
  });
}

function nameFaults(document: KongDocument): string[] {
  const routes = servicesAndRoutes(document).map(([, { name }]) => name);
  const groups = { service: document.services.map(({ name }) => name), route: routes };
  return Object.entries(groups).flatMap(([kind, names]) =>
    unless(kind, { "a name is used twice": new Set(names).size === names.length }),
  );
}

/** A word that names a secret, or a text that looks like one: neither belongs into a file that everybody reads. */
function secretFaults(document: KongDocument): string[] {
  const text = JSON.stringify(document);
  return unless("document", {
    "names a secret": !/"(?:[a-z_]*(?:password|secret|credential_key|private_key)|key|token)"\s*:/i.test(text),
    "holds a secret": !/-----BEGIN|eyJ[\w-]{10,}|[0-9a-f]{32,}/i.test(text),
  });
}
