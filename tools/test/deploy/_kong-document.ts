import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** Where kong.yml is. */
export const kongFile = join(import.meta.dirname, "..", "..", "..", "kong.yml");

/** What stands in kong.yml, not yet known to be anything. */
export function readKong(): unknown {
  return parse(readFileSync(kongFile, "utf8"));
}

const protocol = z.enum(["http", "https", "grpc", "grpcs"]);
const milliseconds = z.int().min(1).max(2_147_483_646);
const count = z.int().min(0).max(254);
const seconds = z.number().min(0).max(65_535);
const statuses = z.array(z.int().min(100).max(999));
const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const port = z.int().min(0).max(65_535);
const path = z
  .string()
  .regex(/^~?\/(?!.*\/\/)/, "must start with / or ~/ and have no empty segment")
  .regex(/^(~.*|[\w.~%/-]*)$/, "is no pattern without ~ before it")
  .refine((text) => !/\(\?<?[=!]|\\[1-9]/.test(text), "may have no look-around and no back reference: Rust has none");
const name = z.string().regex(/^[a-z][a-z0-9.-]*$/);

const redis = z.strictObject({
  host: z.string(),
  port,
  timeout: milliseconds,
  database: z.int().min(0).max(15),
});
const limit = z.number().positive().optional();
const rateLimiting = z.strictObject({
  name: z.literal("rate-limiting"),
  config: z.strictObject({
    second: limit,
    minute: limit,
    limit_by: z.enum(["consumer", "credential", "ip", "service", "header", "path"]).default("consumer"),
    // `cluster` is none of the policies that Kong has without a database.
    policy: z.enum(["local", "redis"]).default("local"),
    fault_tolerant: z.boolean().default(true),
    hide_client_headers: z.boolean().default(false),
    redis: redis.optional(),
  }),
});
const correlationId = z.strictObject({
  name: z.literal("correlation-id"),
  config: z.strictObject({
    header_name: z.string().default("Kong-Request-ID"),
    generator: z.enum(["uuid", "uuid#counter", "tracker"]).default("uuid#counter"),
    echo_downstream: z.boolean().default(false),
  }),
});
const cors = z.strictObject({
  name: z.literal("cors"),
  config: z.strictObject({
    origins: z.array(z.string()),
    methods: z.array(method),
    headers: z.array(z.string()),
    exposed_headers: z.array(z.string()),
    credentials: z.boolean().default(false),
    max_age: z.number(),
    preflight_continue: z.boolean().default(false),
  }),
});
const prometheus = z.strictObject({
  name: z.literal("prometheus"),
  config: z.strictObject({
    per_consumer: z.boolean().default(false),
    status_code_metrics: z.boolean().default(false),
    latency_metrics: z.boolean().default(false),
    bandwidth_metrics: z.boolean().default(false),
    upstream_health_metrics: z.boolean().default(false),
  }),
});
const opentelemetry = z.strictObject({
  name: z.literal("opentelemetry"),
  config: z.strictObject({
    traces_endpoint: z.url(),
    sampling_rate: z.number().min(0).max(1).optional(),
    resource_attributes: z.record(z.string(), z.string()).optional(),
  }),
});
const plugin = z.discriminatedUnion("name", [rateLimiting, correlationId, cors, prometheus, opentelemetry]);

const route = z.strictObject({
  name,
  protocols: z.array(protocol).min(1).default(["http", "https"]),
  methods: z.array(method).min(1).optional(),
  paths: z.array(path).min(1),
  regex_priority: z.int().default(0),
  strip_path: z.boolean().optional(),
  response_buffering: z.boolean().default(true),
  plugins: z.array(plugin).default([]),
});
const service = z.strictObject({
  name,
  url: z
    .string()
    .regex(/^(http|grpc)s?:\/\/[a-z-]+:\d+$/)
    .optional(),
  protocol: protocol.optional(),
  host: z.string().optional(),
  port: port.optional(),
  path: path.optional(),
  connect_timeout: milliseconds.default(60_000),
  write_timeout: milliseconds.default(60_000),
  read_timeout: milliseconds.default(60_000),
  retries: z.int().min(0).max(32_767).default(5),
  routes: z.array(route),
  plugins: z.array(plugin).default([]),
});

const checkType = z.enum(["http", "https", "tcp", "grpc", "grpcs"]).default("http");
const failures = { http_failures: count.default(0), tcp_failures: count.default(0), timeouts: count.default(0) };
const passive = z.strictObject({
  type: checkType,
  healthy: z.strictObject({ successes: count.default(0), http_statuses: statuses.optional() }).prefault({}),
  unhealthy: z.strictObject({ ...failures, http_statuses: statuses.default([429, 500, 503]) }).prefault({}),
});
const active = z.strictObject({
  type: checkType,
  http_path: path.default("/"),
  timeout: seconds.default(1),
  healthy: z
    .strictObject({
      interval: seconds.default(0),
      http_statuses: statuses.default([200, 302]),
      successes: count.default(0),
    })
    .prefault({}),
  unhealthy: z.strictObject({ ...failures, interval: seconds.default(0) }).prefault({}),
});
const upstream = z.strictObject({
  name,
  targets: z.array(z.strictObject({ target: z.string() })).min(1),
  healthchecks: z.strictObject({ passive: passive.prefault({}), active: active.prefault({}) }).prefault({}),
});

/**
 * As much of the schema of Kong 3.9 as kong.yml needs, with Kong's names and defaults (kong/db/schema/entities and
 * kong/plugins/…/schema.lua). What is not here was not looked up, and is refused.
 */
export const kongSchema = z.strictObject({
  _format_version: z.literal("3.0"),
  upstreams: z.array(upstream).default([]),
  services: z.array(service),
  plugins: z.array(plugin).default([]),
});

export type KongDocument = z.infer<typeof kongSchema>;
export type KongService = z.infer<typeof service>;
export type KongRoute = z.infer<typeof route>;
export type KongUpstream = z.infer<typeof upstream>;
export type KongPlugin = z.infer<typeof plugin>;

/** The scheme and the host of a service, from its `url` or from its fields. */
export function addressOf({ url, protocol: named = "http", host = "" }: KongService): {
  protocol: string;
  host: string;
} {
  if (url === undefined) return { protocol: named, host };
  const { protocol: scheme, hostname } = new URL(url);
  return { protocol: scheme.replace(":", ""), host: hostname };
}

/** Whether a service speaks gRPC. */
export function speaksGrpc(of: KongService): boolean {
  return addressOf(of).protocol.startsWith("grpc");
}
