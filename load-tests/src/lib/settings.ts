import { isLoopback } from "./loopback.ts";

export type DoorChoice = "rest" | "grpc" | "both";

/** What a run is told by its environment. */
export interface Settings {
  /** Where REST is: the gateway, or Kong before it. */
  readonly baseUrl: string;
  /** gRPC of the orders, host:port. */
  readonly grpcTarget: string;
  /** gRPC of the payments, host:port. */
  readonly paymentsTarget: string;
  /** gRPC of the inventory, host:port, where the stock is replenished. */
  readonly inventoryTarget: string;
  /** Multiplies every duration, 0 < scale <= 1. */
  readonly scale: number;
  /** Through which doors orders are placed. */
  readonly door: DoorChoice;
  readonly username: string;
  readonly password: string;
  readonly adminUsername: string;
  readonly adminPassword: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The folder, which must exist, for summary and report. */
  readonly resultsDir: string;
  /** Whether products are replenished before the run. */
  readonly replenishes: boolean;
  /** What the report says of the machine. */
  readonly machine: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DOORS: readonly DoorChoice[] = ["rest", "grpc", "both"];

/** Reads the settings of a run and throws one error that names every fault; see README.md for the variables. */
export function readSettings(env: Environment): Settings {
  const settings = {
    baseUrl: (env.BASE_URL || "http://127.0.0.1:8000").replace(/\/+$/, ""),
    grpcTarget: env.GRPC_TARGET || "127.0.0.1:9080",
    paymentsTarget: env.PAYMENTS_TARGET || "127.0.0.1:9082",
    inventoryTarget: env.INVENTORY_TARGET || "127.0.0.1:9081",
    scale: Number(env.SCALE || 1),
    door: (env.DOOR || "both") as DoorChoice,
    username: env.USERNAME || "alice",
    password: env.PASSWORD || "demo-password",
    adminUsername: env.ADMIN_USERNAME || "admin",
    adminPassword: env.ADMIN_PASSWORD || env.PASSWORD || "demo-password",
    clientId: env.CLIENT_ID || "load-test",
    clientSecret: env.CLIENT_SECRET || "",
    resultsDir: env.RESULTS_DIR || ".",
    replenishes: env.STOCK !== "as-is",
    machine: env.MACHINE || "not told (MACHINE)",
  };
  const faults = [...faultsOf(settings), ...(env.ALLOW_REMOTE === "1" ? [] : remoteTargets(settings))];
  if (faults.length > 0) throw new Error(faults.join(" "));
  return settings;
}

function faultsOf({ scale, door }: Settings): string[] {
  const faults = [];
  if (!(scale > 0 && scale <= 1)) faults.push("SCALE must be above 0 and at most 1.");
  if (!DOORS.includes(door)) faults.push(`DOOR must be one of ${DOORS.join(", ")}.`);
  return faults;
}

function remoteTargets({ baseUrl, grpcTarget, paymentsTarget, inventoryTarget }: Settings): string[] {
  return [baseUrl, grpcTarget, paymentsTarget, inventoryTarget]
    .filter((target) => !isLoopback(target))
    .map((target) => `${target} is not this machine: load on others' machines needs ALLOW_REMOTE=1.`);
}
