import { execFile } from "node:child_process";
import { cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { dockerIgnore } from "./_docker-ignore.ts";
import { assignments, execForm, type Instruction, parseDockerfile, type Stage } from "./_dockerfile.ts";

/** What a container of an image would be started with; paths are those of this machine. */
export interface Image {
  /** What would be its root folder. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  /** Undefined where this process may not become another user. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

export interface Build {
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Stages are made below it. */
  readonly folder: string;
}

interface State {
  readonly args: Record<string, string>;
  readonly env: Record<string, string>;
  workdir: string;
  user: string;
  command: string[];
  healthCheck: string[];
}

const run = promisify(execFile);
const stepLimitMs = 300_000;

/**
 * Does by hand, in plain folders, what Docker does with our Dockerfile: the same copies through .dockerignore, the same commands,
 * the same users. What the base image brings is this machine's. Every stage is made at the same path, for compiled code is
 * kept by paths.
 */
export async function buildImage(build: Build): Promise<Image> {
  const stages = parseDockerfile(await readFile(join(build.context, "Dockerfile"), "utf8"));
  const ignores = dockerIgnore(await readFile(join(build.context, ".dockerignore"), "utf8"));
  const states = new Map<string, State>();
  const root = join(build.folder, "root");
  for (const stage of stages) {
    if (states.size > 0) await rename(root, join(build.folder, [...states.keys()].at(-1) ?? ""));
    await mkdir(root, { recursive: true });
    const state = copyOf(states.get(stage.from));
    await buildStage(stage, state, { ...build, root, ignores });
    states.set(stage.name, state);
  }
  return imageOf([...states.values()].at(-1) ?? copyOf(undefined), root);
}

function copyOf(base: State | undefined): State {
  const blank = { args: {}, env: {}, workdir: "/", user: "0:0", command: [], healthCheck: [] };
  return { ...(base ?? blank), args: {}, env: { ...base?.env } };
}

function imageOf(state: State, root: string): Image {
  return {
    root,
    env: mapped(state.env, root),
    workdir: join(root, state.workdir),
    user: identityOf(state.user),
    command: state.command,
    healthCheck: state.healthCheck.map((word) => onThisMachine(word, root)),
  };
}

interface Place extends Build {
  readonly root: string;
  readonly ignores: (path: string) => boolean;
}

async function buildStage(stage: Stage, state: State, place: Place): Promise<void> {
  await mkdir(join(place.root, state.workdir), { recursive: true });
  for (const instruction of stage.instructions) await perform(instruction, state, place);
}

async function perform(instruction: Instruction, state: State, place: Place): Promise<void> {
  const known = { ...state.args, ...state.env };
  const text = instruction.text.replace(/\$\{(\w+)\}/g, (_, name: string) => known[name] ?? "");
  switch (instruction.name) {
    case "ARG":
      for (const [name, value] of assignments(text)) state.args[name] = place.args[name] ?? value ?? "";
      return;
    case "ENV":
      Object.assign(state.env, Object.fromEntries(assignments(text)));
      return;
    case "WORKDIR":
      state.workdir = text;
      return void (await mkdir(join(place.root, text), { recursive: true }));
    case "USER":
      state.user = text;
      return;
    case "COPY":
      return await copy(text.split(/\s+/), instruction.flags.from, state, place);
    case "RUN":
      return await execute(instruction.text, state, place);
    case "CMD":
      state.command = execForm(text) ?? [];
      return;
    case "HEALTHCHECK":
      state.healthCheck = execForm(text.replace(/^CMD\s+/, "")) ?? [];
      return;
    case "LABEL":
    case "STOPSIGNAL":
      return;
    default:
      throw new Error(`${instruction.name} is not known here: teach it to this file.`);
  }
}

async function copy(words: string[], from: string | undefined, state: State, place: Place): Promise<void> {
  const target = words.at(-1) ?? "";
  for (const source of words.slice(0, -1)) {
    const path = join(from === undefined ? place.context : join(place.folder, from), source);
    const isFolder = (await stat(path)).isDirectory();
    const intoFolder = target.endsWith("/") && !isFolder;
    const destination = join(
      place.root,
      target.startsWith("/") ? "" : state.workdir,
      target,
      intoFolder ? (source.split("/").at(-1) ?? "") : "",
    );
    await mkdir(dirname(destination), { recursive: true });
    if (from !== undefined) {
      // Moved, for what is taken from a stage is needed there no more, and copying thousands of files takes long.
      await rm(destination, { recursive: true, force: true });
      await rename(path, destination);
      continue;
    }
    await cp(path, destination, { recursive: true, filter: (one) => !isLeftOut(one, place) });
  }
}

function isLeftOut(path: string, { context, ignores }: Place): boolean {
  return ignores(path.slice(context.length + 1));
}

async function execute(command: string, state: State, { root }: Place): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  // Who is not root may give no file away, and runs what the other user would run.
  const possible = isRoot ? command : command.replace(/ -o \d+ -g \d+/g, "");
  const [file = "", ...args] = execForm(possible) ?? ["sh", "-c", onThisMachine(possible, root)];
  const user = state.user === "0:0" ? undefined : identityOf(state.user);
  await run(file, args, {
    cwd: join(root, state.workdir),
    env: { ...ownNetwork(), ...state.args, ...mapped(state.env, root) },
    timeout: stepLimitMs,
    maxBuffer: 16 * 1024 * 1024,
    ...user,
  });
}

/** What this machine's own commands need to reach npm's registry. */
function ownNetwork(): NodeJS.ProcessEnv {
  const isOf = (name: string) => /^(PATH|HOME|NODE_EXTRA_CA_CERTS|(https?|no)_proxy|npm_config_registry)$/i.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isOf(name)));
}

/** The folders of the image that commands name by their full paths. */
function onThisMachine(text: string, root: string): string {
  return text.replace(/(?<![\w.])\/(?=app\b|tmp\/load\b)/g, `${root}/`);
}

function mapped(env: Readonly<Record<string, string>>, root: string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, onThisMachine(value, root)]));
}

/** Only root may become somebody else. */
function identityOf(user: string): Image["user"] {
  const [uid, gid] = user.split(":").map(Number);
  return process.getuid?.() === 0 ? { uid: uid ?? 0, gid: gid ?? 0 } : undefined;
}

/** The bytes below a folder. */
export async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => (await lstat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
