import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** What `docker-compose.yaml` takes from `.env`, and what it tells the services. */
export interface ComposeFile {
  /** Variables that it puts in somewhere, with what it puts in where they are not set; undefined where that is refused. */
  readonly interpolated: ReadonlyMap<string, string | undefined>;
  /** Variables that some service is given as they stand in `.env`. */
  readonly passedOn: ReadonlySet<string>;
  /** Variables that it gives a service by itself. */
  readonly set: ReadonlySet<string>;
}

const services = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.string().nullable()).default({}) })),
});

/** Reads `docker-compose.yaml` of the repository. */
export function readComposeFile(root: string): ComposeFile {
  const text = readFileSync(join(root, "docker-compose.yaml"), "utf8");
  const read = services.parse(parse(text, { merge: true }));
  const given = Object.values(read.services).flatMap(({ environment }) => Object.entries(environment));
  return {
    interpolated: interpolatedIn(text),
    passedOn: new Set(given.flatMap(([name, value]) => (value === null ? [name] : []))),
    set: new Set(given.flatMap(([name, value]) => (value === null ? [] : [name]))),
  };
}

/** `${NAME}`, `${NAME:-default}`, `${NAME:?what to do}` and `${NAME:+in its place}`, outside of comments. */
function interpolatedIn(text: string): Map<string, string | undefined> {
  const code = text.replaceAll(/^\s*#.*$/gm, "");
  const found = new Map<string, string | undefined>();
  for (const [, name = "", operator, word] of code.matchAll(/\$\{([A-Z0-9_]+)(?::([-?+])((?:\$\{[^}]*\}|[^}])*))?/g)) {
    if (operator === "-") found.set(name, word ?? "");
    else if (!found.has(name)) found.set(name, undefined);
  }
  return found;
}
