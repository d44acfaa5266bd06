import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Pact's protobuf plugin as it is installed. */
export interface Plugin {
  readonly version: string;
  /** It writes and compares the details of an error. One that does not leaves them to our own code. */
  readonly carriesErrorDetails: boolean;
}

/** The newest protobuf plugin in this folder of plugins. There has to be one. */
export function newestPlugin(folder: string): Plugin {
  const versions = versionsIn(folder).sort(byAge);
  const version = versions.at(-1);
  if (version === undefined) {
    throw new Error(
      `There is no protobuf plugin of Pact: ${join(folder, "protobuf-<version>", manifest)} was looked for.`,
    );
  }
  return { version: version.join("."), carriesErrorDetails: byAge(version, firstWithErrorDetails) >= 0 };
}

const manifest = "pact-plugin.json";
const firstWithErrorDetails: Version = [0, 8, 1];

type Version = readonly [number, number, number];

function versionsIn(folder: string): Version[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const [, major, minor, patch] = /^protobuf-(\d+)\.(\d+)\.(\d+)$/.exec(name) ?? [];
    if (major === undefined || !existsSync(join(folder, name, manifest))) return [];
    return [[Number(major), Number(minor), Number(patch)] as const];
  });
}

function byAge(one: Version, other: Version): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
