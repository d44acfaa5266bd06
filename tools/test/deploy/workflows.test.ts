import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { expression, matrixOf, parseWorkflow, readWorkflows, root, stepsOf, workflow } from "./_workflow.ts";
import { rules, unversioned } from "./_workflow-rules.ts";

const workflows = readWorkflows();
const names = Object.keys(rules) as (keyof typeof rules)[];

/** A change to a workflow that each rule must find, and what it says of it. */
const faults: Record<keyof typeof rules, { from: string | RegExp; to: string; found: string }[]> = {
  "actions are pinned by a known commit, with their version beside it": [
    { from: /checkout@\S+ # v7.0.1/, to: "checkout@v7", found: "actions/checkout@v7" },
    { from: /(checkout@\S+) # v7.0.1/, to: "$1", found: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1" },
    {
      from: /checkout@3d/,
      to: "checkout@3e",
      found: "actions/checkout@3e3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    },
    {
      from: /actions\/checkout@/,
      to: "action/checkout@",
      found: "action/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    },
    { from: /uses: actions\/checkout.*/, to: "uses: docker://node:24", found: "docker://node:24" },
    { from: /uses: actions\/checkout.*/, to: '"uses": actions/checkout@v7', found: "actions/checkout@v7" },
    { from: /uses: actions\/checkout.*/, to: "uses : actions/checkout@v7", found: "actions/checkout@v7" },
  ],
  "nothing is permitted at the top, and each job names what it needs": [
    { from: "permissions: {}", to: "permissions: read-all", found: "top" },
    { from: "permissions: {}\n", to: "\n", found: "top" },
    { from: "    permissions:\n      contents: read\n", to: "", found: "check" },
  ],
  "only who publishes or reports may write, and only that": [
    { from: "contents: read", to: "contents: write", found: "check: contents: write" },
    { from: "packages: write", to: "packages: write\n      actions: write", found: "publish: actions: write" },
  ],
  "every job ends in time": [
    { from: "    timeout-minutes: 15\n", to: "", found: "check" },
    { from: "timeout-minutes: 15", to: "timeout-minutes: 360", found: "check" },
  ],
  "every job runs on the machine that it was written for": [
    { from: "runs-on: ubuntu-24.04", to: "runs-on: self-hosted", found: "check" },
  ],
  "no failure is passed over": [
    { from: "timeout-minutes: 15", to: "timeout-minutes: 15\n    continue-on-error: true", found: "continue-on-error" },
    { from: "run: .ci/lint", to: "run: .ci/lint\n        continue-on-error: true", found: "continue-on-error" },
    { from: "run: .ci/lint", to: "run: .ci/lint || true", found: "|| true" },
    { from: "run: .ci/lint", to: "run: |\n          set +e\n          .ci/lint", found: "set +e" },
    { from: "run: .ci/lint", to: 'run: echo "lint=$(.ci/lint)"', found: 'echo "lint=$(' },
  ],
  "no step is left out but those that are known": [
    { from: "run: .ci/lint", to: "run: .ci/lint\n        if: github.actor == 'me'", found: "github.actor == 'me'" },
    {
      from: "github.ref == 'refs/heads/main' && vars",
      to: "vars",
      found: "github.event_name == 'push' && vars.PACT_BROKER_BASE_URL != ''",
    },
  ],
  "secrets go to single steps, and only those that are known": [
    {
      from: "PACT_DO_NOT_TRACK: true",
      to: `TOKEN: ${expression("secrets.PACT_BROKER_TOKEN")}`,
      found: "PACT_BROKER_TOKEN",
    },
    { from: "REQUIRE_K6: 1", to: `TOKEN: ${expression("secrets.PACT_BROKER_TOKEN")}`, found: "PACT_BROKER_TOKEN" },
    { from: '"$GITHUB_REF_NAME"', to: expression("secrets.OTHER"), found: "OTHER" },
    { from: '"$GITHUB_REF_NAME"', to: expression("toJSON(secrets)"), found: "secrets" },
    {
      from: "uses: ./.github/workflows/publish.yml",
      to: "uses: ./.github/workflows/publish.yml\n    secrets: inherit",
      found: "handed to a workflow",
    },
  ],
  "a newer run and an older one are told apart": [{ from: "concurrency:", to: "other:", found: "no concurrency" }],
  "nothing is whatever happens to be the latest": [
    { from: "mongo:8", to: "mongo:latest", found: "mongo:latest" },
    { from: "ubuntu-24.04", to: "ubuntu-latest", found: "ubuntu-latest" },
    { from: "npx jest payment-service", to: "npx --yes @scope/tool x", found: "@scope/tool" },
    { from: "npx jest payment-service", to: "npx --yes --package tool@2 -- x", found: "tool@2" },
  ],
  "no expression stands in a script, where it would be read as a part of it": [
    { from: '"$ROOM"', to: expression("matrix.room"), found: expression("matrix.room") },
    { from: '"$BEFORE"', to: expression("github.head_ref"), found: expression("github.head_ref") },
  ],
  "no foreign code runs with the rights of main": [
    { from: "pull_request:", to: "pull_request_target:", found: "pull_request_target" },
  ],
  "a checkout leaves no token behind": [
    {
      from: "persist-credentials: false",
      to: "persist-credentials: true",
      found: "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
    },
  ],
  "artifacts are kept for 30 days, and a missing one is a failure": [
    { from: "retention-days: 30", to: "retention-days: 90", found: `coverage-${expression("matrix.room")}` },
    { from: "if-no-files-found: error", to: "if-no-files-found: warn", found: `coverage-${expression("matrix.room")}` },
  ],
  "every npm script, program and file that is run is there": [
    { from: "npm run check", to: "npm run chekc", found: "chekc" },
    { from: ".ci/openapi", to: ".ci/openapis", found: ".ci/openapis" },
    { from: "jest.slow.config.js", to: "jest.slower.config.js", found: "jest.slower.config.js" },
    { from: "uses: ./.github/actions/setup", to: "uses: ./.github/actions/set-up", found: ".github/actions/set-up" },
  ],
  "the gate waits for every job but those that wait for it, whatever became of them": [
    { from: "needs: [check, rooms,", to: "needs: [rooms,", found: "check" },
    { from: "if: always()\n    needs", to: "needs", found: "gate" },
    { from: "join(needs.*.result, ' ')", to: "'success'", found: "results" },
  ],
  "what is missing fails instead of being skipped": [
    { from: "REQUIRE_REDIS: 1", to: "REQUIRE_REDIS: 0", found: "REQUIRE_REDIS" },
    { from: "REQUIRE_K6: 1", to: "ROOMS: 1", found: "REQUIRE_K6" },
    { from: "REQUIRE_K6: 1", to: 'REQUIRE_K6: 1\n      REQUIRE_MONGO: ""', found: "REQUIRE_MONGO" },
  ],
};

describe.each(names)("%s", (name) => {
  it.each(workflows)("in $name", (workflow) => {
    expect(rules[name](workflow)).toEqual([]);
  });

  it.each(faults[name])("and not where ci.yml had $to", ({ from, to, found }) => {
    const { text } = workflow("ci.yml");
    const mutated = text.replace(from, to);
    expect(mutated).not.toBe(text);
    expect(rules[name](parseWorkflow("ci.yml", mutated))).toContain(found);
  });
});

it("every room with tests has a job, and no other", () => {
  const { default: config }: { default: { roots: string[] } } = createRequire(import.meta.url)(
    "../../../jest.config.js",
  );
  const rooms = config.roots.map((folder) => basename(folder));
  expect([...matrixOf("ci.yml", "rooms", "room")].sort()).toEqual(rooms.sort());
});

it("every service has an image, and a release names them all", () => {
  const services = globSync("*/src/main.ts", { cwd: root })
    .map((file) => dirname(dirname(file)))
    .sort();
  expect([...matrixOf("publish.yml", "image", "service")].sort()).toEqual(services);
  const release = stepsOf(workflow("publish.yml")).find(({ run }) => run?.includes("imagetools"))?.run ?? "";
  const named = /for service in ([^;]+);/
    .exec(release)?.[1]
    ?.split(/[\s\\]+/)
    .sort();
  expect(named).toEqual(services);
});

it("a commit of main is checked whatever comes after it", () => {
  expect(workflow("ci.yml").concurrency).toEqual({
    group: `ci-${expression("github.event_name == 'pull_request' && github.ref || github.run_id")}`,
    "cancel-in-progress": true,
  });
});

it("load tests run at 02:00 UTC, and what is unsafe from high on is a failure", () => {
  expect(workflow("load.yml").text).toContain('- cron: "0 2 * * *"');
  expect(stepsOf(workflow("audit.yml")).map(({ run }) => run)).toContain(
    "npm audit --package-lock-only --audit-level=high",
  );
});

it("the nightly attacks are new ones, and nothing cancels them", () => {
  const { concurrency, jobs } = workflow("audit.yml");
  expect(concurrency).toMatchObject({ group: expect.stringContaining("github.run_id") });
  expect(jobs.fuzz).toMatchObject({ if: "github.event_name != 'pull_request'" });
  expect(stepsOf(workflow("audit.yml"))).toContainEqual({
    run: "npm run security -- fuzz tokens",
    env: { SECURITY_SEED: expression("github.run_id") },
  });
});

it("images are published from main only, and after everything has passed", () => {
  const { publish } = workflow("ci.yml").jobs;
  expect(publish).toMatchObject({ needs: "gate", uses: "./.github/workflows/publish.yml" });
  expect(publish?.if).toBe("github.event_name == 'push' && github.ref == 'refs/heads/main'");
  expect(workflow("publish.yml").events).toEqual(["workflow_call", "push"]);
  expect(workflow("publish.yml").jobs.image?.if).toBe("github.ref == 'refs/heads/main'");
  expect(stepsOf(workflow("publish.yml")).some(({ run }) => run?.includes("merge-base --is-ancestor"))).toBe(true);
});

it("an image is published with what it is made of, from what it was made, and where it belongs", () => {
  const steps = stepsOf(workflow("publish.yml"));
  const build = steps.find(({ uses = "" }) => uses.startsWith("docker/build-push-action@"))?.with;
  expect(build).toMatchObject({ push: true, sbom: true, provenance: "mode=max" });
  expect(build?.labels).toContain("org.opencontainers.image.source=");
  expect(steps.filter(({ run = "" }) => run.includes("@cyclonedx/cyclonedx-npm@"))).toHaveLength(1);
});

it("the gate fails unless every job has succeeded", () => {
  const gate = workflow("ci.yml").jobs.gate?.steps?.[0]?.run ?? "";
  const statusFor = (results: string) =>
    spawnSync("bash", ["-e", "-c", gate], { env: { ...process.env, RESULTS: results } }).status;
  expect(statusFor("success success")).toBe(0);
  for (const other of ["failure", "cancelled", "skipped"]) expect(statusFor(`success ${other} success`)).toBe(1);
});

describe("a load test by hand", () => {
  const inputs = /inputs:\n([\s\S]*?)\n {2}schedule:/.exec(workflow("load.yml").text)?.[1] ?? "";
  const [tests = [], services = []] = [...inputs.matchAll(/options: \[(.*)\]/g)].map(([, list = ""]) =>
    list.split(", "),
  );

  it("offers every test that there is", () => {
    const scripts = globSync("*.ts", { cwd: join(root, "load-tests", "src") }).map((file) => basename(file, ".ts"));
    expect([...tests].sort()).toEqual([...scripts, "all"].sort());
  });

  it.each(services)("plans each test of %s that exists, through the doors asked for", (service) => {
    const plans = tests.map((test) => plan(test, service)).filter(({ status }) => status === 0);
    expect(plans.length).toBeGreaterThan(0);
    for (const { runs } of plans) {
      expect(runs.length).toBeGreaterThan(0);
      for (const { test, door } of runs) {
        expect(tests).toContain(test);
        expect(["rest", "grpc", "both"]).toContain(door);
      }
    }
  });

  it("fails where it has no plan, before a job is made of it", () => {
    const step = stepsOf(workflow("load.yml")).find(({ run }) => run?.includes(".ci/load-plan"))?.run ?? "";
    const statusFor = (test: string, service: string) =>
      spawnSync("bash", ["-e", "-c", step], {
        cwd: root,
        env: { ...process.env, TEST: test, SERVICE: service, GITHUB_OUTPUT: "/dev/null" },
      }).status;
    expect(statusFor("load", "orders")).toBe(0);
    expect(statusFor("load", "payments")).toBe(1);
  });

  it("plans everything in the night, and refuses what there is not", () => {
    expect(plan("all", "all").runs.map(({ test }) => test)).toEqual(["smoke", "load", "stress", "spike", "mixed"]);
    expect(plan("load", "orders by REST").runs).toEqual([{ test: "load", door: "rest" }]);
    expect(plan("load", "payments")).toMatchObject({ status: 1, error: "there is no test load of payments\n" });
    expect(plan("load", "nothing").status).toBe(1);
  });
});

it("tools are installed in one place, at the versions that stand there", () => {
  const text = workflows.map((each) => each.text).join("\n") + readFileSync(join(root, ".ci", "run"), "utf8");
  expect(text).not.toMatch(/go install|apt-get/);
});

it.each(globSync("*", { cwd: join(root, ".ci") }))(".ci/%s fetches nothing without a version", (name) => {
  const text = readFileSync(join(root, ".ci", name), "utf8");
  expect(unversioned(text)).toEqual([]);
  expect(text).not.toMatch(/[:@]latest\b/);
});

function plan(
  test: string,
  service: string,
): { status: number | null; error: string; runs: { test: string; door: string }[] } {
  const { status, stdout, stderr } = spawnSync(join(root, ".ci", "load-plan"), [test, service], { encoding: "utf8" });
  return { status, error: stderr, runs: status === 0 ? JSON.parse(stdout) : [] };
}
