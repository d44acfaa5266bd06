import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expression, matrixOf, root, stepsOf, workflow } from "./_workflow.ts";

it.each<[string, { runs: string[]; on?: object }]>([
  ["check", { runs: ["npm run check", ".ci/lint", "npm run protos:breaking"] }],
  ["rooms", { runs: ['.ci/coverage "$ROOM"'], on: { ROOM: expression("matrix.room") } }],
  ["contracts", { runs: ["npm run test:contract", ".ci/pact-plugin", "npm run test:contract"] }],
  ["suites", { runs: ['npm run "$SUITE"'], on: { SUITE: expression("matrix.suite") } }],
  ["postgres", { runs: ["npm test"], on: { TEST_POSTGRES_URL: expect.stringContaining("@127.0.0.1:5432/") } }],
  [
    "mongo",
    {
      runs: [
        "npx jest payment-service",
        "npx jest --config jest.slow.config.js payment-service",
        "npx jest --testMatch '**/payment-service/test/integration/real-mongo.ts'",
      ],
      on: { MONGO_URI: "mongodb://127.0.0.1:27017/?replicaSet=rs0" },
    },
  ],
  ["openapi", { runs: [".ci/openapi 100"] }],
  ["load", { runs: [".ci/load smoke"] }],
  ["compose", { runs: [".ci/compose"] }],
])("the job %s runs what it is there for", (name, { runs, on = {} }) => {
  const { steps = [], env = {} } = workflow("ci.yml").jobs[name] ?? {};
  expect(steps.map(({ run }) => run).filter((run) => run !== undefined && runs.includes(run))).toEqual(runs);
  expect(env).toMatchObject(on);
});

it("both slow suites run, and the contracts once more with the plugin where it was installed", () => {
  expect(matrixOf("ci.yml", "suites", "suite")).toEqual(["test:slow", "security"]);
  const folder = `${expression("github.workspace")}/.pact-plugins`;
  const steps = workflow("ci.yml").jobs.contracts?.steps ?? [];
  expect(steps.flatMap(({ run, env }) => (env?.PACT_PLUGIN_DIR === folder ? [run] : []))).toEqual([
    ".ci/pact-plugin",
    "npm run test:contract",
  ]);
});

it("CONTRIBUTING.md tells what every job is", () => {
  const guide = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const [, table = ""] = /\n\| job \| what it runs \|\n([\s\S]*?)\n\n/.exec(guide) ?? [];
  const told = table
    .split("\n")
    .slice(1)
    .flatMap((line) => line.split("|")[1]?.trim().split(", ") ?? []);
  expect(told.sort()).toEqual(Object.keys(workflow("ci.yml").jobs).sort());
});

it.each([
  { name: "ci.yml", kept: [`coverage-${expression("matrix.room")}`, "pacts", "load-smoke"] },
  { name: "load.yml", kept: [`load-${expression("matrix.test")}-${expression("matrix.door")}`] },
  { name: "publish.yml", kept: [`image-${expression("matrix.service")}`] },
])("$name keeps the results of its jobs, each by a name of its own", ({ name, kept }) => {
  const uploads = stepsOf(workflow(name)).filter(({ uses = "" }) => uses.startsWith("actions/upload-artifact@"));
  expect(uploads.map(({ with: options }) => options?.name)).toEqual(kept);
});
