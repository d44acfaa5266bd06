import { join } from "node:path";
import { newestPlugin, type Plugin } from "./plugin.ts";

const home = join(import.meta.dirname, "..");

/** Where consumers write their pacts. The run sets it to a clean folder; a test run by hand writes beside the results. */
export function writtenPacts(): string {
  return process.env.CONTRACTS_WRITTEN ?? join(home, "results", "pacts");
}

/** Where providers find the pacts that they are verified by: the committed ones, unless the plugin made them. */
export function readPacts(): string {
  return process.env.CONTRACTS_READ ?? join(home, installedPlugin() ? "pacts-plugin" : "pacts");
}

/** The committed pacts. */
export function committedPacts(): string {
  return join(home, "pacts");
}

/** The pacts of the protobuf plugin, which hold descriptors and binary messages and are made anew in every run. */
export function pluginPacts(): string {
  return join(home, "pacts-plugin");
}

/**
 * Pact's protobuf plugin, where PACT_PLUGIN_DIR names a folder of plugins. A folder without it is a mistake, and no reason
 * to take the other carrier.
 */
export function installedPlugin(): Plugin | undefined {
  const folder = process.env.PACT_PLUGIN_DIR;
  return folder ? newestPlugin(folder) : undefined;
}

/** This process's environment, for what uses Pact: it tells nobody that it was run. */
export function quietEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PACT_DO_NOT_TRACK: "true", SCARF_ANALYTICS: "false" };
}
