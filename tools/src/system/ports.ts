import { freePorts, refusedPorts } from "../free-ports.ts";
import { StartFault } from "../start-fault.ts";

/** The ports of the embedded run, by the name that `--port <name>=<number>` takes. */
export const defaultPorts = {
  rest: 8000,
  orders: 9080,
  inventory: 9081,
  payments: 9082,
  shipping: 9083,
  notifications: 9084,
  identity: 9085,
  "orders-ops": 9180,
  "inventory-ops": 9181,
  "payments-ops": 9182,
  "shipping-ops": 9183,
  "notifications-ops": 9184,
  "identity-ops": 9185,
  "gateway-ops": 9186,
  postgres: 54_320,
  mongo: 27_020,
} as const;

export type PortName = keyof typeof defaultPorts;
/** A port of the second replica of a service, or of a further one, such as `orders-2`. */
export type ReplicaPortName = `${PortName}-${number}`;
export type Ports = Readonly<Record<PortName, number>> & { readonly [name: ReplicaPortName]: number };

const names = Object.keys(defaultPorts) as PortName[];

/** How far the ports of a service's replicas are apart: the second replica of orders listens on 9280. */
const replicaStep = 200;

export interface PortChoice {
  /** Takes free ports for all that are not named. */
  free?: boolean;
  /** Is added to the default of each that is not named. */
  offset?: number;
  /** Ports that are named one by one. */
  named?: Readonly<Partial<Record<string, number>>>;
  /** The ports that further replicas need, each with the replica's number. */
  replicas?: readonly { readonly name: PortName; readonly number: number }[];
}

/** Chooses a port for everything that listens. */
export async function choosePorts({ free = false, offset = 0, named = {}, replicas = [] }: PortChoice): Promise<Ports> {
  const usual = [
    ...names.map((name) => [name, defaultPorts[name]] as const),
    ...replicas.map(
      ({ name, number }) => [replicaPortName(name, number), defaultPorts[name] + replicaStep * (number - 1)] as const,
    ),
  ];
  const unused = Object.keys(named).find((name) => usual.every(([known]) => known !== name));
  if (unused !== undefined) throw new StartFault(`Nothing would listen on --port ${unused}: see --replicas.`);
  const found = free ? await freePorts(usual.length) : [];
  const chosen = usual.map(([name, port], index) => [name, named[name] ?? found[index] ?? port + offset] as const);
  return Object.fromEntries(chosen) as Record<PortName, number>;
}

/** The name of a port of a service's replica; the first has the service's own. */
export function replicaPortName(name: PortName, number: number): PortName | ReplicaPortName {
  return number === 1 ? name : `${name}-${number}`;
}

/** The ports of all replicas of a service, the first one's first. */
export function replicaPorts(ports: Ports, name: PortName): number[] {
  const found: number[] = [];
  for (let number = 1; ; number += 1) {
    const port = ports[replicaPortName(name, number)];
    if (port === undefined) return found;
    found.push(port);
  }
}

/** Reads `name=number`, the name perhaps that of a replica's port; undefined when it is not one. */
export function parseNamedPort(text: string): { name: string; port: number } | undefined {
  const [name = "", port] = text.split("=");
  const number = Number(port);
  const isKnown = names.some((known) => known === name.replace(/-[2-9]$/, ""));
  if (!isKnown || !Number.isInteger(number) || number < 1 || number > 65_535) return undefined;
  return { name, port: number };
}

/** Refuses the start in one sentence that names every port that something else listens on, or that is root's. */
export async function checkPorts(ports: Ports): Promise<void> {
  const chosen: [string, number][] = Object.entries(ports);
  const refused = await refusedPorts(chosen.map(([, port]) => port));
  const rootOnly = chosen.filter(([, port]) => refused.get(port) === "EACCES");
  if (rootOnly.length > 0) {
    throw new StartFault(
      `Only root may listen on ${describe(rootOnly)}: choose another from 1024 on with --port ${rootOnly[0]?.[0]}=<number>.`,
    );
  }
  const used = chosen.filter(([, port]) => refused.has(port));
  if (used.length === 0) return;
  throw new StartFault(
    `${used.length === 1 ? "Port" : "Ports"} ${describe(used)} ${used.length === 1 ? "is" : "are"} in use: ` +
      `stop what listens there, or start with --port ${used[0]?.[0]}=<number>, --port-offset <number> or --ports free.`,
  );
}

function describe(chosen: readonly (readonly [string, number])[]): string {
  return chosen.map(([name, port]) => `${port} (${name})`).join(", ");
}
