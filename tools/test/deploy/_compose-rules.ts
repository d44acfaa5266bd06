import { type ComposeDocument, type ComposeService, networksOf } from "./_compose.ts";

/** The one way in from outside. */
const door = "kong";
/** Images whose own user is not root, so that none has to be named: kong has `USER kong`, ours `USER 10001:10001`. */
const hasUser = (name: string, service: ComposeService) => name === door || service.build !== undefined;
/** So long a service's process may take to close, in seconds; the servers that others made are given more. */
const longestCloseSeconds = 15;

/** Where a server that others made keeps data that have to outlive its container. */
const kept: Record<string, string> = { postgres: "/var/lib/postgresql", mongo: "/data/db" };
/** Where else such a server has to write: its root file system is read-only. */
const written: Record<string, string[]> = {
  postgres: ["/tmp", "/var/run/postgresql"],
  mongo: ["/tmp"],
  redis: ["/data"],
  kong: ["/tmp", "/var/run/kong"],
};
/** Who owns those places in the images: another user could not write to a new volume. */
const owner = "999:999";
/** Less than this is not enough, in MB: a service idles at some 110. */
const leastMemory = 128;
/** What a service may be given at all: another key may take away what the rules below hold it to. */
const known = new Set(
  `image build pull_policy user command entrypoint init read_only restart cap_drop security_opt logging environment volumes tmpfs
  shm_size healthcheck stop_grace_period depends_on deploy networks ports`.split(/\s+/),
);

/** What is not as it has to be in the file as it stands, before variables are put in. */
export function composeFaults(document: ComposeDocument): string[] {
  const { services } = document;
  return [
    ...Object.entries(services).flatMap(([name, service]) =>
      [
        ...strange(service),
        ...hardening(name, service),
        ...places(name, service, document),
        ...running(name, service),
        ...reachable(name, service, document),
      ].map((fault) => `${name}: ${fault}`),
    ),
    ...Object.entries(services).flatMap(([name]) => order(name, services)),
    ...isolation(document),
  ];
}

function strange(service: ComposeService): string[] {
  return Object.keys(service)
    .filter((key) => !known.has(key))
    .map((key) => `${key} is not known to be harmless`);
}

function hardening(name: string, service: ComposeService): string[] {
  const tag = /:(\d+(?:\.\d+)+[\w.-]*)$/.exec(withDefaults(service.image ?? ""))?.[1];
  return [
    ...when(tag === undefined, "its image has no exact version"),
    ...when(
      service.build !== undefined && !/:-build\}$/.test(service.pull_policy ?? ""),
      "its image may be a stranger's",
    ),
    ...when(!/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? (hasUser(name, service) ? "1:1" : "")), "it may run as root"),
    ...when(!hasUser(name, service) && service.user !== owner, "its data are another user's"),
    ...when(service.privileged === true, "it is privileged"),
    ...when(service.read_only !== true, "its root file system can be written to"),
    ...when(service.cap_drop?.join() !== "ALL" || service.cap_add !== undefined, "it has capabilities"),
    ...when(service.security_opt?.join() !== "no-new-privileges:true", "it may get new privileges"),
    ...Object.entries(service.environment ?? {}).flatMap(([variable, value]) =>
      when(isLiteralSecret(variable, value), `${variable} is a secret in the file`),
    ),
  ];
}

function places(name: string, service: ComposeService, document: ComposeDocument): string[] {
  const { tmpfs = [], volumes = [] } = service;
  const data = volumes.filter((mount) => (mount.split(":")[0] ?? "") in document.volumes);
  return [
    ...tmpfs.flatMap((mount) => when(!/:size=[1-9]\d*m,mode=1777$/.test(mount), `${mount} has no limit`)),
    ...volumes.flatMap((mount) => [
      ...when(!data.includes(mount) && !/^\.\/.*:ro$/.test(mount), `${mount} can be written to`),
      ...when(mount.includes("docker.sock"), "it may command Docker"),
    ]),
    ...when(
      data.map((mount) => mount.split(":")[1]).join() !== (kept[name] ?? ""),
      "its data are not where it keeps them",
    ),
    ...when(
      name === door && !written.kong?.includes(service.environment?.KONG_PREFIX ?? ""),
      "it cannot write to its prefix",
    ),
    ...(written[name] ?? []).flatMap((path) =>
      when(!tmpfs.some((mount) => mount.startsWith(`${path}:`)), `it cannot write to ${path}`),
    ),
  ];
}

function running(name: string, service: ComposeService): string[] {
  const { healthcheck, deploy, logging } = service;
  const limits = deploy?.resources.limits ?? {};
  return [
    ...when(service.restart !== "unless-stopped", "it is not restarted"),
    ...when(healthcheck?.test?.[0] !== "CMD", "it has no health check without a shell"),
    ...["interval", "timeout", "retries", "start_period", "start_interval"].flatMap((what) =>
      when(healthcheck?.[what] === undefined, `its health check has no ${what}`),
    ),
    ...["cpus", "memory", "pids"].flatMap((what) =>
      when(!(Number.parseFloat(String(limits[what])) > 0), `it has no limit of ${what}`),
    ),
    ...when(megabytes(limits.memory) < (service.build === undefined ? 1 : 2) * leastMemory, "it has too little memory"),
    ...when(seconds(String(healthcheck?.start_period)) < 30, "it has no time to start"),
    ...when(!/^\d+m$/.test(logging?.options["max-size"] ?? "") || !logging?.options["max-file"], "its log grows"),
    ...when(service.build !== undefined && service.init !== true, "a signal in its first moments is lost"),
    ...when(
      service.build !== undefined && seconds(service.stop_grace_period) < longestCloseSeconds + 5,
      "it is killed while it closes",
    ),
    ...when(service.stop_grace_period === undefined, "it says not how long it may close"),
    ...when(name in kept && seconds(service.stop_grace_period) < 60, "it is killed while it closes"),
    ...when(
      name === door && seconds(service.stop_grace_period) <= drainSeconds(service),
      "it is killed while it closes",
    ),
  ];
}

function reachable(name: string, service: ComposeService, { networks }: ComposeDocument): string[] {
  const outer = networksOf(service).filter((network) => networks[network]?.internal !== true);
  return [
    ...when(service.network_mode !== undefined, "it has another network than its own"),
    ...when(networksOf(service).length === 0, "it is in Compose's own network"),
    ...when(name !== door && service.ports !== undefined, "it is published"),
    ...when(name !== door && outer.length > 0, `it has a way out by ${outer}`),
    ...when(name === door && outer.length === 0, "nobody outside reaches it"),
    ...(service.ports ?? []).flatMap((port) =>
      when(!/^127\.0\.0\.1:\$\{PUBLISHED_\w+:-\d+\}:\d+$/.test(port), `${port} is not for this machine alone`),
    ),
    ...(service.ports ?? []).flatMap((port) => when(!isProxied(port, service), `${port} is not for callers`)),
  ];
}

/** Whom a service calls is healthy before it is started, directly or because another one waits for it. */
function order(name: string, services: ComposeDocument["services"]): string[] {
  const service = services[name];
  const conditions = Object.entries(service?.depends_on ?? {});
  const called = Object.keys(services).filter((other) => other !== name && isCalled(other, service));
  const awaited = dependencies(name, services);
  return [
    ...conditions.flatMap(([other, { condition }]) =>
      when(condition !== "service_healthy", `${name}: it does not wait until ${other} is healthy`),
    ),
    ...called.flatMap((other) => when(!awaited.has(other), `${name}: it calls ${other} and does not wait for it`)),
  ];
}

function isCalled(other: string, service: ComposeService | undefined): boolean {
  const hosts = Object.values(service?.environment ?? {}).filter((value) => value !== null);
  return hosts.some((value) => new RegExp(`(^|[/@,-])${other}:\\d`).test(value));
}

function dependencies(name: string, services: ComposeDocument["services"], seen = new Set<string>()): Set<string> {
  for (const other of Object.keys(services[name]?.depends_on ?? {})) {
    if (seen.has(other)) continue;
    seen.add(other);
    dependencies(other, services, seen);
  }
  return seen;
}

/** MongoDB asks for no password, and so only the payment service may reach it. PostgreSQL is away from the doors. */
function isolation({ services }: ComposeDocument): string[] {
  const members = (network: string) =>
    Object.keys(services).filter((name) => networksOf(services[name] ?? {}).includes(network));
  const strangers = networksOf(services.mongo ?? {})
    .flatMap(members)
    .filter((name) => name !== "mongo" && name !== "payment-service");
  const doors = networksOf(services.postgres ?? {})
    .flatMap(members)
    .filter((name) => name === door || name === "gateway");
  return [
    ...strangers.map((name) => `${name}: it reaches mongo`),
    ...doors.map((name) => `${name}: it reaches postgres`),
  ];
}

function isLiteralSecret(variable: string, value: string | null): boolean {
  if (value === null) return false;
  const password = /:\/\/[^/@]*:([^/@]*)@/.exec(value)?.[1];
  if (password !== undefined && !password.startsWith("${")) return true;
  return /PASSWORD|SECRET|TOKEN$/.test(variable) && !/^\$\{\w+(:\?[^}]*)?\}$/.test(value);
}

/** `${NAME:-default}` as its default. */
function withDefaults(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, "$1");
}

/** Whether a published port is one on which Kong proxies: its own state is on others. */
function isProxied(port: string, { environment = {} }: ComposeService): boolean {
  const inner = /:(\d+)$/.exec(port)?.[1];
  return inner !== undefined && new RegExp(`:${inner}\\b`).test(environment.KONG_PROXY_LISTEN ?? "");
}

function drainSeconds({ environment = {} }: ComposeService): number {
  return seconds(environment.KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT ?? "0s");
}

function megabytes(memory: unknown): number {
  return Number.parseFloat(String(memory)) * (/G$/.test(String(memory)) ? 1024 : 1);
}

function seconds(duration = "10s"): number {
  return Number.parseInt(duration, 10);
}

function when(isFault: boolean, fault: string): string[] {
  return isFault ? [fault] : [];
}
