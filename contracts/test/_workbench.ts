import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mutation } from "./_mutation.ts";

const root = join(import.meta.dirname, "..", "..");
const verificationMs = 120_000;

/** What came of verifying a provider. */
export interface Verdict {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  /** What the run said, where it came to no result. */
  readonly trouble?: string;
}

/** A copy of the whole tree in which a provider can be broken; the workspace's links lead into the copy. */
export interface Workbench {
  /** Verifies the provider's contracts with this fault in its source, or as it is. */
  verify(provider: string, mutation?: Mutation): Promise<Verdict>;
  close(): void;
}

/** Copies the tree. The pacts stay those of the original. */
export function openWorkbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), "mutations-"));
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  const files = readdirSync(root).filter((name) =>
    /^(package\.json|tsconfig\.json|jest\..*config\.js|jest\.config\.js)$/.test(name),
  );
  const isWanted = (source: string) => !/[/\\](node_modules|results|pacts|pacts-plugin|\.data)$/.test(source);
  for (const name of [...workspaces, ...files]) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: isWanted });
  }
  linkModules(folder, workspaces);
  return {
    verify: (provider, mutation) => verifyMutated(folder, provider, mutation),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function linkModules(folder: string, workspaces: readonly string[]): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@shop"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "@shop") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const workspace of workspaces) {
    symlinkSync(join(folder, workspace), join(modules, "@shop", workspace));
    const own = join(root, workspace, "node_modules");
    if (existsSync(own)) symlinkSync(own, join(folder, workspace, "node_modules"));
  }
}

async function verifyMutated(folder: string, provider: string, mutation?: Mutation): Promise<Verdict> {
  if (mutation === undefined) return await verify(folder, provider);
  const path = join(folder, provider, mutation.file);
  const source = readFileSync(path, "utf8");
  const parts = source.split(mutation.from);
  if (parts.length !== 2) throw new Error(`${mutation.file} has what is to be changed ${parts.length - 1} times`);
  writeFileSync(path, parts.join(mutation.to));
  try {
    return await verify(folder, provider);
  } finally {
    writeFileSync(path, source);
  }
}

async function verify(folder: string, provider: string): Promise<Verdict> {
  const output = join(folder, "verdict.json");
  rmSync(output, { force: true });
  const said = await run(folder, [
    ...["--config", "jest.contract.config.js", "--testPathPatterns", `${provider}/test/contract/provider`],
    ...["--json", "--outputFile", output],
  ]);
  if (!existsSync(output)) return { passed: [], failed: [], trouble: said };
  const { testResults } = JSON.parse(readFileSync(output, "utf8")) as JestOutput;
  const titles = (status: string) =>
    testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter((result) => result.status === status).map(({ title }) => title),
    );
  return { passed: titles("passed"), failed: titles("failed") };
}

interface JestOutput {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** Runs jest on the copy, with a limit, and gives what it said. */
async function run(folder: string, options: readonly string[]): Promise<string> {
  // The pacts are those of the messages, which the plugin does not read.
  const { PACT_PLUGIN_DIR: _, ...environment } = process.env;
  const child = spawn(process.execPath, [join(root, "node_modules", "jest", "bin", "jest.js"), ...options], {
    cwd: folder,
    env: { ...environment, CONTRACTS_READ: join(root, "contracts", "pacts"), PACT_DO_NOT_TRACK: "true" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: verificationMs,
    killSignal: "SIGKILL",
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
    });
  }
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return said;
}
