import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import type { z } from "zod";
import { findOnPath } from "../../src/system/find-on-path.ts";
import { serviceTable } from "../../src/system/service-table.ts";
import { type ComposeDocument, environmentOf, interpolated, readCompose, root, variablesOf } from "./_compose.ts";

const folders = serviceTable.map(({ folder }) => folder);
const example = readFileSync(join(root, ".env.example"), "utf8");
const version: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/** `.env.example` with a value for each secret, as new-env makes them. */
const env = filled(variablesOf(example));
const production = filled({ ...variablesOf(example), APP_MODE: "production", LOAD_TEST_CLIENT_SHA256: "" }, [
  "LOAD_TEST",
]);
const document = interpolated(readCompose(), env);

test("runs every service of the system from an image of this version", () => {
  const built = Object.entries(document.services).filter(([, { build }]) => build !== undefined);
  expect(built.map(([name]) => name).toSorted()).toEqual(folders.toSorted());
  for (const [name, { build, image }] of built) {
    expect(build).toEqual({ context: ".", args: { SERVICE: name } });
    expect(image).toBe(`order-saga/${name}:${version}`);
  }
});

test("gives a service more time to close than the service gives itself", () => {
  const lifecycle = readFileSync(join(root, "platform", "src", "lifecycle.ts"), "utf8");
  const gateway = readFileSync(join(root, "gateway", "src", "main.ts"), "utf8");
  const limits = [
    /defaultCloseLimitMs = (\d+)_000/.exec(lifecycle)?.[1],
    /CLOSE_LIMIT_MS = (\d+)_000/.exec(gateway)?.[1],
  ];
  expect(limits).toEqual(["10", "15"]);
});

test("asks each server what only one that takes work answers", () => {
  const { postgres, mongo, redis, kong, ...services } = document.services;
  // On its socket PostgreSQL answers while its databases are made.
  expect(postgres?.healthcheck?.test).toEqual(expect.arrayContaining(["pg_isready", "--host=127.0.0.1"]));
  expect(mongo?.healthcheck?.test).toEqual(expect.arrayContaining(["mongosh", "/deploy/mongo-health.js"]));
  expect(redis?.healthcheck?.test).toEqual(["CMD", "redis-cli", "-e", "ping"]);
  expect(kong?.healthcheck?.test).toEqual(["CMD", "kong", "health"]);
  for (const { healthcheck } of Object.values(services))
    expect(healthcheck?.test).toEqual(["CMD", "node", "/app/health-check.js"]);
});

describe.each(folders)("%s", (folder) => {
  const service = document.services[folder] ?? {};
  const given = environmentOf(service, env);

  test("is given every variable that it knows, and no other", async () => {
    const { variables } = await configOf(folder);
    const known = Object.keys(variables.shape);
    const forNode = folder === "identity-service" ? ["MALLOC_MMAP_THRESHOLD_"] : [];
    // Payments are in MongoDB here.
    const left = folder === "payment-service" ? ["DATABASE_URL"] : [];
    expect([...Object.keys(service.environment ?? {}), ...left].toSorted()).toEqual([...known, ...forNode].toSorted());
  });

  test("takes its configuration as it is, in demo and in production", async () => {
    const { readConfig } = await configOf(folder);
    expect(readConfig(given)).toMatchObject({ mode: "demo", host: "0.0.0.0" });
    const { services } = interpolated(readCompose(), production);
    expect(readConfig(environmentOf(services[folder] ?? {}, production))).toMatchObject({ mode: "production" });
  });

  test("is told of the others what they are told themselves", () => {
    expect(addressFaults(folder, given, document)).toEqual([]);
  });
});

test("tells an address that nobody serves", () => {
  const gateway = { ORDERS_ADDRESS: "order-service:9081", IDENTITY_URL: "http://identity:9085" };
  expect(addressFaults("gateway", gateway, document)).toEqual([
    "ORDERS_ADDRESS: order-service does not serve 9081",
    "IDENTITY_URL: there is no identity",
  ]);
});

test("gives the services the secrets whose hashes identity has, and the load tests theirs in the demo only", () => {
  const clients = (services: ComposeDocument["services"]) =>
    Object.fromEntries(
      JSON.parse(services["identity-service"]?.environment?.SERVICE_CLIENTS ?? "[]").map(
        (client: { clientId: string; secretSha256: string }) => [client.clientId, client.secretSha256],
      ),
    );
  expect(clients(document.services)).toEqual({
    "order-service": hashOf(document.services["order-service"]?.environment?.CLIENT_SECRET),
    "notification-service": hashOf(document.services["notification-service"]?.environment?.CLIENT_SECRET),
    "load-test": hashOf(env.LOAD_TEST_CLIENT_SECRET),
  });
  const without = interpolated(readCompose(), { ...env, LOAD_TEST_CLIENT_SHA256: "" });
  expect(Object.keys(clients(without.services))).toEqual(["order-service", "notification-service"]);
});

test("lets identity believe Kong and the gateway, the gateway Kong, and nobody else's addresses be theirs", () => {
  const addressOf = (name: string) => {
    const networks = document.services[name]?.networks;
    return Array.isArray(networks) ? undefined : networks?.internal?.ipv4_address;
  };
  const trusted = (name: string) => document.services[name]?.environment?.TRUSTED_PROXIES?.split(",");
  expect(trusted("identity-service")).toEqual([addressOf("kong"), addressOf("gateway")]);
  expect(trusted("gateway")).toEqual([addressOf("kong")]);
  expect(document.networks.internal?.ipam?.config).toEqual([
    { subnet: "172.30.80.0/24", gateway: "172.30.80.1", ip_range: "172.30.80.128/25" },
  ]);
});

test("gives Kong the environment that docs/kong.md asks for", () => {
  const page = readFileSync(join(root, "docs", "kong.md"), "utf8");
  const literals = (cell: string) => cell.split(" · ").map((text) => /^`([^`]*)`$/.exec(text)?.[1]);
  const asked = [...page.matchAll(/^\| (`KONG_[^|]*) \| ([^|]*) \|/gm)].flatMap(([, names = "", values = ""]) => {
    const settings = literals(names).map((name, index) => [name, literals(values)[index]]);
    return settings.every(([, value]) => value !== undefined) ? settings : [];
  });
  expect(asked.length).toBeGreaterThan(8);
  expect(document.services.kong?.environment).toMatchObject({ KONG_DATABASE: "off", ...Object.fromEntries(asked) });
  expect(document.services.kong?.volumes).toEqual(["./kong.yml:/kong/kong.yml:ro"]);
});

test("publishes both of Kong's doors", () => {
  expect(document.services.kong?.ports).toEqual(["127.0.0.1:8000:8000", "127.0.0.1:9080:9080"]);
});

test("leaves servers less memory for their data than their containers have", () => {
  const { postgres, redis } = document.services;
  expect(postgres).toMatchObject({
    command: expect.arrayContaining(["shared_buffers=128MB"]),
    deploy: { resources: { limits: { memory: "1G" } } },
  });
  expect(redis).toMatchObject({
    command: expect.arrayContaining(["--maxmemory", "64mb"]),
    deploy: { resources: { limits: { memory: "128M" } } },
  });
});

test("has every service that kong.yml names", () => {
  const kong = parse(readFileSync(join(root, "kong.yml"), "utf8"));
  const text = JSON.stringify(kong);
  const targets = [...text.matchAll(/"(?:target|url)":"(?:\w+:\/\/)?([\w.-]+):(\d+)/g)].map(
    ([, host = "", port = ""]) => [host, port],
  );
  const faults = targets.flatMap(([host = "", port = ""]) =>
    addressFaults("kong", { TARGET: `${host}:${port}` }, document),
  );
  expect(targets.length).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  expect(Object.keys(document.services.kong?.depends_on ?? {})).toEqual(
    expect.arrayContaining(["redis", ...targets.map(([host]) => host)]),
  );
  expect(text).toContain('"host":"redis"');
});

describe(".env.example", () => {
  const text = readFileSync(join(root, "docker-compose.yaml"), "utf8");
  const used = new Set([...text.matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name = ""]) => name));
  const passedOn = Object.values(readCompose().services).flatMap(({ environment = {} }) =>
    Object.keys(environment).filter((name) => environment[name] === null),
  );
  const named = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);

  test("names every variable that the file uses, each once", () => {
    expect(named).toEqual([...new Set(named)]);
    expect([...used, ...passedOn].filter((name) => !named.includes(name))).toEqual([]);
  });

  test("sets no variable that nobody uses", () => {
    // Read by who runs the load tests: identity is told its hash.
    const read = new Set([...used, "LOAD_TEST_CLIENT_SECRET"]);
    expect(Object.keys(variablesOf(example)).filter((name) => !read.has(name))).toEqual([]);
  });

  test("is refused as it stands, for it has no secrets", () => {
    expect(() => interpolated(readCompose(), variablesOf(example))).toThrow(
      /is not set: run deploy\/compose\/new-env first/,
    );
  });
});

test.each(["demo", "production"])(
  "is taken by docker compose, which puts in the same values, in %s",
  async (mode) => {
    const command = await findOnPath("docker-compose", `${process.env.PATH}:${homedir()}/go/bin`);
    if (command === undefined) return;
    const given = mode === "demo" ? env : production;
    const folder = await mkdtemp(join(tmpdir(), "shop-test-compose-"));
    try {
      const envFile = join(folder, ".env");
      await writeFile(
        envFile,
        Object.entries(given)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
      );
      const args = ["-f", join(root, "docker-compose.yaml"), "--env-file", envFile, "config", "--format", "json"];
      const { stdout, stderr } = await promisify(execFile)(command, args, {
        env: { PATH: process.env.PATH },
        timeout: 60_000,
      });
      expect(stderr).toBe("");
      const { services }: ComposeDocument = JSON.parse(stdout);
      const expected = interpolated(readCompose(), given).services;
      for (const [name, { environment }] of Object.entries(services)) {
        expect(environment ?? {}).toEqual(expected[name]?.environment ?? {});
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  90_000,
);

async function configOf(
  folder: string,
): Promise<{ readConfig(env: NodeJS.Dict<string>): unknown; variables: z.ZodObject }> {
  return await import(join(root, folder, "src", "config.ts"));
}

/** Every `host:port` that a service is told, of which nobody says that it listens there. */
function addressFaults(folder: string, given: NodeJS.Dict<string>, { services }: ComposeDocument): string[] {
  const others: NodeJS.Dict<string[]> = { postgres: ["5432"], mongo: ["27017"], redis: ["6379"] };
  return Object.entries(given).flatMap(([variable, value = ""]) =>
    [...withoutPassword(value).matchAll(/(?:^|[/,])([a-z][a-z-]*):(\d+)/g)].flatMap(([, host = "", port = ""]) => {
      if (host === "localhost") return [];
      const environment = services[host]?.environment ?? {};
      const served = others[host] ?? ["GRPC_PORT", "HTTP_PORT", "OPS_PORT"].map((name) => environment[name]);
      if (services[host] === undefined || host === folder) return [`${variable}: there is no ${host}`];
      return served.includes(port) ? [] : [`${variable}: ${host} does not serve ${port}`];
    }),
  );
}

function withoutPassword(url: string): string {
  return url.replace(/:\/\/[^/@]*@/, "://");
}

function filled(variables: NodeJS.Dict<string>, except: string[] = []): NodeJS.Dict<string> {
  const made: NodeJS.Dict<string> = { ...variables };
  const isLeft = (name: string) => except.some((start) => name.startsWith(start));
  for (const name of Object.keys(made)) {
    if (/_(PASSWORD|SECRET)$/.test(name) && !isLeft(name)) made[name] = hashOf(name);
    if (name.endsWith("_SHA256") && !isLeft(name)) made[name] = hashOf(made[name.replace("_SHA256", "_SECRET")]);
  }
  return made;
}

function hashOf(text: string | null | undefined): string {
  return createHash("sha256")
    .update(text ?? "")
    .digest("hex");
}
