import { freePorts, refusedPorts } from "../free-ports.ts";
import { StartFault } from "../start-fault.ts";

/** The ports of the embedded run, by the name that `--port <name>=<number>` takes. */
export const defaultPorts = {
  rest: 8000,
  orders: 9080,
  inventory: 9081,
  payments: 9082,
  shipping: 9083,
  identity: 9085,
  "orders-ops": 9180,
  "inventory-ops": 9181,
  "payments-ops": 9182,
  "shipping-ops": 9183,
  "identity-ops": 9185,
  "gateway-ops": 9186,
  postgres: 54_320,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

const names = Object.keys(defaultPorts) as PortName[];

export interface PortChoice {
  /** Takes free ports for all that are not named. */
  free?: boolean;
  /** Is added to the default of each that is not named. */
  offset?: number;
  /** Ports that are named one by one. */
  named?: Partial<Ports>;
}

/** Chooses a port for everything that listens. */
export async function choosePorts({ free = false, offset = 0, named = {} }: PortChoice): Promise<Ports> {
  const found = free ? await freePorts(names.length) : [];
  const chosen = names.map(
    (name, index) => [name, named[name] ?? found[index] ?? defaultPorts[name] + offset] as const,
  );
  return Object.fromEntries(chosen) as Record<PortName, number>;
}

/** Reads `name=number`; undefined when it is not one. */
export function parseNamedPort(text: string): { name: PortName; port: number } | undefined {
  const [name, port] = text.split("=");
  const number = Number(port);
  if (!names.some((known) => known === name) || !Number.isInteger(number) || number < 1 || number > 65_535)
    return undefined;
  return { name: name as PortName, port: number };
}

/** Refuses the start in one sentence that names every port that something else listens on, or that is root's. */
export async function checkPorts(ports: Ports): Promise<void> {
  const refused = await refusedPorts(Object.values(ports));
  const rootOnly = names.filter((name) => refused.get(ports[name]) === "EACCES");
  if (rootOnly.length > 0) {
    throw new StartFault(
      `Only root may listen on ${describe(rootOnly, ports)}: choose another from 1024 on with --port ${rootOnly[0]}=<number>.`,
    );
  }
  const used = names.filter((name) => refused.has(ports[name]));
  if (used.length === 0) return;
  throw new StartFault(
    `${used.length === 1 ? "Port" : "Ports"} ${describe(used, ports)} ${used.length === 1 ? "is" : "are"} in use: ` +
      `stop what listens there, or start with --port ${used[0]}=<number>, --port-offset <number> or --ports free.`,
  );
}

function describe(chosen: readonly PortName[], ports: Ports): string {
  return chosen.map((name) => `${ports[name]} (${name})`).join(", ");
}
