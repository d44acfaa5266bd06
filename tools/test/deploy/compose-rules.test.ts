import { type ComposeService, readCompose } from "./_compose.ts";
import { composeFaults } from "./_compose-rules.ts";

test("keeps every rule for its containers", () => {
  expect(composeFaults(readCompose())).toEqual([]);
});

const mutations: [fault: string, change: (services: Record<string, ComposeService>) => unknown][] = [
  ["postgres: its image has no exact version", ({ postgres }) => change(postgres, { image: "postgres:latest" })],
  ["redis: its image has no exact version", ({ redis }) => change(redis, { image: variable("REDIS_IMAGE:-redis") })],
  ["gateway: its image may be a stranger's", ({ gateway }) => change(gateway, { pull_policy: undefined })],
  ["mongo: it may run as root", ({ mongo }) => change(mongo, { user: undefined })],
  ["redis: it may run as root", ({ redis }) => change(redis, { user: "0:0" })],
  ["gateway: it may run as root", ({ gateway }) => change(gateway, { user: "0:0" })],
  ["kong: it may run as root", ({ kong }) => change(kong, { user: "root" })],
  ["kong: it is privileged", ({ kong }) => change(kong, { privileged: true })],
  ["kong: its root file system can be written to", ({ kong }) => change(kong, { read_only: false })],
  ["gateway: it has capabilities", ({ gateway }) => change(gateway, { cap_add: ["NET_ADMIN"] })],
  ["redis: it has capabilities", ({ redis }) => change(redis, { cap_drop: [] })],
  ["mongo: it may get new privileges", ({ mongo }) => change(mongo, { security_opt: [] })],
  [
    "mongo: it may get new privileges",
    ({ mongo }) => change(mongo, { security_opt: ["no-new-privileges:true", "seccomp:unconfined"] }),
  ],
  ["redis: env_file is not known to be harmless", ({ redis }) => Object.assign(redis ?? {}, { env_file: ".env" })],
  ["redis: pid is not known to be harmless", ({ redis }) => Object.assign(redis ?? {}, { pid: "host" })],
  ["kong: /tmp:size=0m,mode=1777 has no limit", ({ kong }) => change(kong, { tmpfs: ["/tmp:size=0m,mode=1777"] })],
  ["kong: it cannot write to /var/run/kong", ({ kong }) => change(kong, { tmpfs: ["/tmp:size=64m,mode=1777"] })],
  ["mongo: it cannot write to /tmp", ({ mongo }) => change(mongo, { tmpfs: undefined })],
  [
    "postgres: its data are not where it keeps them",
    ({ postgres }) => change(postgres, { volumes: ["postgres-data:/var/lib/postgresql/data"] }),
  ],
  ["mongo: its data are not where it keeps them", ({ mongo }) => change(mongo, { volumes: undefined })],
  ["redis: /etc:/etc:ro can be written to", ({ redis }) => change(redis, { volumes: ["/etc:/etc:ro"] })],
  ["kong: /tmp has no limit", ({ kong }) => change(kong, { tmpfs: ["/tmp"] })],
  [
    "kong: ./kong.yml:/kong/kong.yml can be written to",
    ({ kong }) => change(kong, { volumes: ["./kong.yml:/kong/kong.yml"] }),
  ],
  [
    "kong: it may command Docker",
    ({ kong }) => change(kong, { volumes: ["/var/run/docker.sock:/var/run/docker.sock"] }),
  ],
  [
    "postgres: POSTGRES_PASSWORD is a secret in the file",
    ({ postgres }) => say(postgres, { POSTGRES_PASSWORD: "secret" }),
  ],
  [
    "postgres: POSTGRES_PASSWORD is a secret in the file",
    ({ postgres }) => say(postgres, { POSTGRES_PASSWORD: variable("P:-secret") }),
  ],
  [
    "gateway: REDIS_URL is a secret in the file",
    ({ gateway }) => say(gateway, { REDIS_URL: "redis://u:p@redis:6379" }),
  ],
  ["redis: it is not restarted", ({ redis }) => change(redis, { restart: "no" })],
  [
    "redis: it has no health check without a shell",
    ({ redis }) => change(redis, { healthcheck: { test: "redis-cli ping" } }),
  ],
  ["gateway: its health check has no start_interval", ({ gateway }) => delete gateway?.healthcheck?.start_interval],
  ["mongo: it has no limit of pids", ({ mongo }) => delete mongo?.deploy?.resources.limits.pids],
  ["mongo: it has no limit of memory", ({ mongo }) => delete mongo?.deploy?.resources.limits.memory],
  [
    "gateway: it has no limit of memory",
    ({ gateway }) => Object.assign(gateway?.deploy?.resources.limits ?? {}, { memory: "0" }),
  ],
  [
    "gateway: it has too little memory",
    ({ gateway }) => Object.assign(gateway?.deploy?.resources.limits ?? {}, { memory: "64M" }),
  ],
  ["mongo: its data are another user's", ({ mongo }) => change(mongo, { user: "1000:1000" })],
  [
    "gateway: it has no time to start",
    ({ gateway }) => Object.assign(gateway?.healthcheck ?? {}, { start_period: "1s" }),
  ],
  ["kong: nobody outside reaches it", ({ kong }) => change(kong, { networks: ["internal"] })],
  ["kong: it cannot write to its prefix", ({ kong }) => delete kong?.environment?.KONG_PREFIX],
  ["kong: its log grows", ({ kong }) => change(kong, { logging: { driver: "json-file", options: {} } })],
  ["gateway: a signal in its first moments is lost", ({ gateway }) => change(gateway, { init: false })],
  ["gateway: it is killed while it closes", ({ gateway }) => change(gateway, { stop_grace_period: "10s" })],
  ["kong: it says not how long it may close", ({ kong }) => change(kong, { stop_grace_period: undefined })],
  ["postgres: it is killed while it closes", ({ postgres }) => change(postgres, { stop_grace_period: "10s" })],
  ["kong: it is killed while it closes", ({ kong }) => change(kong, { stop_grace_period: "20s" })],
  [
    `kong: 127.0.0.1:${variable("PUBLISHED_HTTP_PORT:-8000")}:8100 is not for callers`,
    ({ kong }) => change(kong, { ports: [`127.0.0.1:${variable("PUBLISHED_HTTP_PORT:-8000")}:8100`] }),
  ],
  ["redis: it is published", ({ redis }) => change(redis, { ports: ["127.0.0.1:6379:6379"] })],
  ["redis: it has a way out by edge", ({ redis }) => change(redis, { networks: ["internal", "edge"] })],
  ["redis: it is in Compose's own network", ({ redis }) => change(redis, { networks: undefined })],
  ["redis: it has another network than its own", ({ redis }) => change(redis, { network_mode: "host" })],
  ["kong: 8000:8000 is not for this machine alone", ({ kong }) => change(kong, { ports: ["8000:8000"] })],
  [
    "order-service: it does not wait until postgres is healthy",
    ({ "order-service": orders }) =>
      change(orders, { depends_on: { ...orders?.depends_on, postgres: { condition: "service_started" } } }),
  ],
  [
    "order-service: it calls shipping-service and does not wait for it",
    ({ "order-service": orders }) => delete orders?.depends_on?.["shipping-service"],
  ],
  [
    "payment-service: it calls mongo and does not wait for it",
    ({ "payment-service": payments }) => delete payments?.depends_on?.mongo,
  ],
  [
    "order-service: it reaches mongo",
    ({ "order-service": orders }) => change(orders, { networks: ["internal", "payments-data"] }),
  ],
  ["gateway: it reaches postgres", ({ gateway }) => change(gateway, { networks: ["internal", "data"] })],
];

test.each(mutations)("tells that %s", (fault, mutate) => {
  const mutant = readCompose();
  mutate(mutant.services);
  expect(composeFaults(mutant)).toContain(fault);
});

function change(service: ComposeService | undefined, changes: Partial<ComposeService>): void {
  Object.assign(service ?? {}, changes);
}

function say(service: ComposeService | undefined, environment: Record<string, string>): void {
  Object.assign(service?.environment ?? {}, environment);
}

function variable(text: string): string {
  return `\${${text}}`;
}
