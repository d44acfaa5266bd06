import { cpus, totalmem } from "node:os";
import { adminOf } from "../commands/admin-session.ts";
import { loadTestClientId } from "../system/service-table.ts";
import type { Targets } from "./targets.ts";

/** What one run of k6 is told. */
export interface K6Run {
  readonly targets: Targets;
  /** Multiplies every duration. */
  readonly scale: number;
  readonly door: "rest" | "grpc" | "both";
  /** The folder of summary and report; it is there. */
  readonly resultsDir: string;
  readonly credentials: Credentials;
  readonly allowRemote: boolean;
}

/** As whom k6 logs in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly adminUsername: string;
  readonly adminPassword: string;
  readonly clientId: string;
  /** Without it no payments can be asked for. */
  readonly clientSecret?: string;
}

/** The demo's users, unless the environment names others; the secret, unless it gives one, is that of this installation. */
export function credentialsOf(env: NodeJS.ProcessEnv, ownSecret: string | undefined): Credentials {
  const admin = adminOf(env);
  return {
    // Desktops set USERNAME to whoever sits before them: only with a PASSWORD does it mean a customer.
    username: (env.PASSWORD && env.USERNAME) || "alice",
    password: env.PASSWORD || env.DEMO_PASSWORD || "demo-password",
    adminUsername: admin.username,
    adminPassword: admin.password,
    clientId: (env.CLIENT_SECRET && env.CLIENT_ID) || loadTestClientId,
    clientSecret: env.CLIENT_SECRET || ownSecret,
  };
}

/** The variables that the scripts of load-tests/ read. */
export function scriptVariables(run: K6Run): Record<string, string> {
  const { targets, credentials } = run;
  return {
    BASE_URL: targets.rest,
    GRPC_TARGET: targets.orders,
    PAYMENTS_TARGET: targets.payments,
    INVENTORY_TARGET: targets.inventory,
    SCALE: String(run.scale),
    DOOR: run.door,
    RESULTS_DIR: run.resultsDir,
    USERNAME: credentials.username,
    PASSWORD: credentials.password,
    ADMIN_USERNAME: credentials.adminUsername,
    ADMIN_PASSWORD: credentials.adminPassword,
    CLIENT_ID: credentials.clientId,
    ...(credentials.clientSecret !== undefined && { CLIENT_SECRET: credentials.clientSecret }),
    ...(run.allowRemote && { ALLOW_REMOTE: "1" }),
    MACHINE: machine(),
  };
}

/** Everything that k6's process gets: its own settings (K6_…) and the terminal's pass, nothing else of the operator's does. */
export function k6Environment(run: K6Run, operator: NodeJS.ProcessEnv): Record<string, string> {
  const isPassed = (name: string) => passedOn.includes(name) || name.startsWith("K6_");
  const passed = Object.entries(operator).flatMap(([name, value]) => (value && isPassed(name) ? [[name, value]] : []));
  return { K6_NO_USAGE_REPORT: "true", ...Object.fromEntries(passed), ...scriptVariables(run) };
}

const passedOn = ["PATH", "HOME", "TERM", "TZ", "LANG", "NO_COLOR", "STOCK"];

function machine(): string {
  const cores = cpus();
  return `${cores.length} cores (${cores[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
