import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";

export interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly "continue-on-error"?: unknown;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly "runs-on"?: unknown;
  readonly "continue-on-error"?: unknown;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly steps?: readonly Step[];
}

/** A workflow, or an action of this repository, whose steps then stand in one job. */
export interface Workflow {
  /** Such as `ci.yml`. */
  readonly name: string;
  readonly text: string;
  readonly isAction: boolean;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly env: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly jobs: Readonly<Record<string, Job>>;
}

export const root = join(import.meta.dirname, "..", "..", "..");

export function readWorkflows(): Workflow[] {
  const files = ["workflows/*.yml", "workflows/*.yaml", "actions/*/action.yml"];
  return files
    .flatMap((pattern) => globSync(pattern, { cwd: join(root, ".github") }))
    .map((path) => parseWorkflow(basename(path), readFileSync(join(root, ".github", path), "utf8")));
}

export function parseWorkflow(name: string, text: string): Workflow {
  const { on = {}, env = {}, jobs, runs, permissions, concurrency } = parse(text);
  const isAction = runs !== undefined;
  const events = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
  return { name, text, isAction, permissions, concurrency, env, events, jobs: isAction ? { action: runs } : jobs };
}

export function stepsOf({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps);
}

export function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === "string" ? [needs] : needs;
}

/** A workflow by the name of its file. */
export function workflow(name: string): Workflow {
  const found = readWorkflows().find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

export function matrixOf(file: string, job: string, key: string): readonly string[] {
  return (workflow(file).jobs[job]?.strategy?.matrix[key] ?? []) as readonly string[];
}

/** An expression as it stands in a workflow. */
export function expression(value: string): string {
  return ["$", `{{ ${value} }}`].join("");
}
