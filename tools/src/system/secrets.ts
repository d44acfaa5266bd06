import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { StartFault } from "../start-fault.ts";

const secret = z.string().min(32);

const secretsSchema = z.object({
  /** The order service's password at the identity service: 256 random bits. */
  orderServiceClient: secret.default(mint),
  /** The notification service's, likewise. */
  notificationServiceClient: secret.default(mint),
  /** That of the client that load tests ask for payments with. */
  loadTestClient: secret.default(mint),
  /** Encrypts the private signing keys that the identity service stores. */
  keyEncryption: secret.default(mint),
  /** The password of each database's user, by the database's name. */
  databases: z.record(z.string(), secret).default({}),
});

export type Secrets = z.output<typeof secretsSchema>;

/** Reads the secrets of this installation, mints those that are missing, and keeps them where only the owner can read. */
export async function readOrMintSecrets(path: string, databases: readonly string[]): Promise<Secrets> {
  const found = await readKept(path);
  const kept = secretsSchema.parse(found);
  const secrets = {
    ...kept,
    databases: { ...Object.fromEntries(databases.map((name) => [name, mint()])), ...kept.databases },
  };
  if (isDeepStrictEqual(secrets, found)) return secrets;
  const unfinished = `${path}.unfinished`;
  await writeFile(unfinished, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, path);
  return secrets;
}

/** The secret of the client for load tests, of an installation that has been started. */
export async function readLoadTestSecret(path: string): Promise<string> {
  const kept = z.object({ loadTestClient: secret }).safeParse(await readKept(path));
  if (kept.success) return kept.data.loadTestClient;
  throw new StartFault(`The file ${path} has no secret for load tests yet: start the system once (npm start).`);
}

async function readKept(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (err) {
    const { code } = err as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    throw new StartFault(`The file ${path} cannot be read (${code}): start as the user who owns it.`, { cause: err });
  }
  try {
    const value: unknown = JSON.parse(text);
    secretsSchema.parse(value);
    return value;
  } catch (err) {
    throw new StartFault(`The file ${path} is damaged: restore it, or move it away and new secrets are minted.`, {
      cause: err,
    });
  }
}

function mint(): string {
  return randomBytes(32).toString("hex");
}
