import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expression, needsOf, root, stepsOf, type Workflow } from "./_workflow.ts";

/** What a workflow must not do: gives each place where it does. */
export type Rule = (workflow: Workflow) => string[];

/** The actions that are used, at versions whose commits were looked up. Another one is a decision: it is added here too. */
const knownActions = new Map([
  ["actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"],
  ["actions/setup-node", "820762786026740c76f36085b0efc47a31fe5020 # v7.0.0"],
  ["actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0"],
  ["actions/download-artifact", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"],
  ["docker/login-action", "4907a6ddec9925e35a0a9e82d7399ccc52663121 # v4.1.0"],
  ["docker/build-push-action", "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a # v7.3.0"],
  ["github/codeql-action", "8aad20d150bbac5944a9f9d289da16a4b0d87c1e # v4.36.2"],
]);

/** Who may write what, beside nobody. */
const writers = new Map([
  ["ci.yml publish", ["packages"]],
  ["publish.yml image", ["packages"]],
  ["publish.yml release", ["packages"]],
  ["codeql.yml analyze", ["security-events"]],
]);

/** Steps that do not run always: on what, beside `always()` and `failure()`. Any other test could be left out that way. */
const conditions = new Map([
  [
    "Compare the contracts with what main had before this push",
    "github.event_name == 'push' && github.event.created == false && github.event.forced == false",
  ],
  [
    "Publish the pacts, and ask whether these versions go together",
    "github.event_name == 'push' && github.ref == 'refs/heads/main' && vars.PACT_BROKER_BASE_URL != ''",
  ],
]);

/** The secrets that single steps are given, by workflow. */
const secrets = new Map([
  ["ci.yml", ["PACT_BROKER_TOKEN"]],
  ["publish.yml", ["GITHUB_TOKEN"]],
]);

const longestMinutes = 45;
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

export const rules = {
  "actions are pinned by a known commit, with their version beside it": (workflow) => {
    const lines = [...workflow.text.matchAll(/^[ -]*uses: (.+)$/gm)].map(([, use = ""]) => use);
    const used = [...Object.values(workflow.jobs), ...stepsOf(workflow)].flatMap(({ uses = [] }) => uses);
    const unseen = used.filter((use) => !lines.some((line) => line.split(" ")[0] === use));
    return [...lines.filter((line) => !isPinned(line)), ...unseen];
  },

  "nothing is permitted at the top, and each job names what it needs": ({ isAction, permissions, jobs }) => {
    if (isAction) return [];
    const silent = Object.entries(jobs).filter(([, job]) => job.permissions === undefined);
    return [...(isEmpty(permissions) ? [] : ["top"]), ...silent.map(([name]) => name)];
  },

  "only who publishes or reports may write, and only that": ({ name, isAction, jobs }) =>
    Object.entries(isAction ? {} : jobs).flatMap(([job, { permissions = {} }]) =>
      Object.entries(permissions)
        .filter(([what, right]) => right !== "read" && !writers.get(`${name} ${job}`)?.includes(what))
        .map(([what, right]) => `${job}: ${what}: ${right}`),
    ),

  "every job ends in time": ({ isAction, jobs }) =>
    Object.entries(isAction ? {} : jobs)
      .filter(([, { uses, "timeout-minutes": limit }]) => uses === undefined && !(limit && limit <= longestMinutes))
      .map(([name]) => name),

  "every job runs on the machine that it was written for": ({ isAction, jobs }) =>
    Object.entries(isAction ? {} : jobs)
      .filter(([, { uses, "runs-on": machine }]) => uses === undefined && machine !== "ubuntu-24.04")
      .map(([name]) => name),

  "no failure is passed over": (workflow) => [
    ...[...Object.values(workflow.jobs), ...stepsOf(workflow)]
      .filter((each) => each["continue-on-error"] !== undefined)
      .map(() => "continue-on-error"),
    // That of a program in an argument is lost, and what comes before `;` or `|` counts for nothing without `pipefail`.
    ...stepsOf(workflow).flatMap(
      ({ run }) => run?.match(/\|\| *(?:true|:)|\bset \+e|\b(?:echo|printf|export) [^\n]*\$\(/g) ?? [],
    ),
  ],

  "no step is left out but those that are known": (workflow) =>
    stepsOf(workflow).flatMap(({ if: condition = "", name = "" }) =>
      ["", "always()", "failure()", conditions.get(name)].includes(condition) ? [] : [condition],
    ),

  "secrets go to single steps, and only those that are known": (workflow) => [
    ...secretsIn(workflow.text).filter((secret) => !secrets.get(workflow.name)?.includes(secret)),
    ...[workflow, ...Object.values(workflow.jobs)].flatMap(({ env }) => secretsIn(JSON.stringify(env ?? {}))),
    ...Object.values(workflow.jobs).flatMap((job) => (job.secrets === undefined ? [] : ["handed to a workflow"])),
  ],

  "a newer run and an older one are told apart": ({ isAction, concurrency }) =>
    isAction || concurrency !== undefined ? [] : ["no concurrency"],

  "nothing is whatever happens to be the latest": ({ text }) => [
    ...[...text.matchAll(/\S*[:@-]latest\b/g)].map(([found]) => found),
    ...unversioned(text),
  ],

  "no expression stands in a script, where it would be read as a part of it": (workflow) =>
    stepsOf(workflow).flatMap(({ run }) => run?.match(/\$\{\{.*?\}\}/g) ?? []),

  "no foreign code runs with the rights of main": ({ events }) =>
    events.filter((event) => event === "pull_request_target" || event === "workflow_run"),

  "a checkout leaves no token behind": (workflow) =>
    stepsOf(workflow).flatMap(({ uses = "", with: { "persist-credentials": persists } = {} }) =>
      uses.startsWith("actions/checkout@") && persists !== false ? [uses] : [],
    ),

  "artifacts are kept for 30 days, and a missing one is a failure": (workflow) =>
    stepsOf(workflow)
      .filter(({ uses = "" }) => uses.startsWith("actions/upload-artifact@"))
      .filter(
        ({ with: { "retention-days": days, "if-no-files-found": missing } = {} }) => days !== 30 || missing !== "error",
      )
      .map(({ with: options }) => String(options?.name)),

  "every npm script, program and file that is run is there": (workflow) =>
    stepsOf(workflow).flatMap(({ run = "", uses = "" }) => [
      ...named(run, /\bnpm (?:run ([\w:]+)|(test)\b)/g).filter((script) => scripts[script] === undefined),
      ...named(run, /(?<!\S)(\.ci\/[\w-]+)/g).filter((file) => !isProgram(file)),
      ...named(run, /--config (\S+)/g).filter((file) => !existsSync(join(root, file))),
      ...named(uses, /^\.\/(.+)$/g).filter((path) => !existsSync(join(root, path))),
    ]),

  "the gate waits for every job but those that wait for it, whatever became of them": ({ name, jobs }) => {
    if (name !== "ci.yml") return [];
    const { gate } = jobs;
    if (gate?.if !== "always()") return ["gate"];
    if (gate.steps?.[0]?.env?.RESULTS !== expression("join(needs.*.result, ' ')")) return ["results"];
    const before = Object.keys(jobs).filter((job) => job !== "gate" && !needsOf(jobs[job] ?? {}).includes("gate"));
    return before.filter((job) => !needsOf(gate).includes(job));
  },

  "what is missing fails instead of being skipped": (workflow) => {
    const { name, env, jobs } = workflow;
    if (name !== "ci.yml") return [];
    const below = [...Object.values(jobs), ...stepsOf(workflow)].flatMap((each) => Object.entries(each.env ?? {}));
    const overruled = below.filter(([variable, value]) => variable.startsWith("REQUIRE_") && value !== 1);
    return [
      ...["REQUIRE_LINTERS", "REQUIRE_MONGO", "REQUIRE_REDIS"].filter((variable) => env[variable] !== 1),
      ...(jobs.suites?.env?.REQUIRE_K6 === 1 ? [] : ["REQUIRE_K6"]),
      ...overruled.map(([variable]) => variable),
    ];
  },
} satisfies Record<string, Rule>;

/** The packages that npx fetches without a version. */
export function unversioned(text: string): string[] {
  return named(text, /\bnpx --yes (?:--package )?(\S+)/g).filter((name) => !/.@\d+\.\d+\.\d+$/.test(name));
}

function isPinned(use: string): boolean {
  if (use.startsWith("./")) return true;
  const [, action = "", pin = ""] = /^([\w-]+\/[\w-]+)(?:\/[\w-]+)?@([0-9a-f]{40} # v\d+\.\d+\.\d+)$/.exec(use) ?? [];
  return pin !== "" && knownActions.get(action) === pin;
}

function secretsIn(text: string): string[] {
  return [...text.matchAll(/\bsecrets\b(?:\.(\w+))?(?=[^:\w])/g)].map(([found, name]) => name ?? found);
}

function isEmpty(permissions: unknown): boolean {
  return typeof permissions === "object" && permissions !== null && Object.keys(permissions).length === 0;
}

function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match.slice(1).find((group) => group !== undefined) ?? "");
}

function isProgram(file: string): boolean {
  try {
    accessSync(join(root, file), constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not to be run
  }
}
