import { type PortChoice, type PortName, type Ports, replicaPortName } from "./ports.ts";
import type { ServiceEntry, Wiring } from "./service-table.ts";

/** How many processes of a service are to run, by its name; one of each that is not named. */
export type Replicas = Readonly<Record<string, number>>;

/** What `--replicas` can be told. */
const most = 9;

/** Reads `orders=2,payments=3`; a text says what is wrong with it. */
export function parseReplicas(text: string, table: readonly ServiceEntry[]): Replicas | string {
  const known = table.filter(isReplicable).map(({ name }) => name);
  const replicas: Record<string, number> = {};
  for (const part of text.split(",")) {
    const [, name = "", count = ""] = /^\s*([\w-]+)=(\d+)\s*$/.exec(part) ?? [];
    if (name === "") return "expected a service and a number for each, such as orders=2,payments=2.";
    if (!known.includes(name)) {
      const isService = table.some((entry) => entry.name === name);
      return `${isService ? `${name} runs only once` : `there is no service ${name}`}: those that can run more than once are ${known.join(", ")}.`;
    }
    if (name in replicas) return `${name} is named twice.`;
    if (Number(count) < 1 || Number(count) > most) return `expected from 1 to ${most} of ${name}.`;
    replicas[name] = Number(count);
  }
  return replicas;
}

/** The table with an entry for each process: behind each service those of its further replicas, such as `orders-2`. */
export function withReplicas(table: readonly ServiceEntry[], replicas: Replicas): ServiceEntry[] {
  return table.flatMap((entry) => [entry, ...numbersOf(entry, replicas).map((number) => replicaOf(entry, number))]);
}

/** The ports that the further replicas need. */
export function replicaPortsNeeded(
  table: readonly ServiceEntry[],
  replicas: Replicas,
): NonNullable<PortChoice["replicas"]> {
  return table.flatMap((entry) =>
    numbersOf(entry, replicas).flatMap((number) => portsOf(entry).map((name) => ({ name, number }))),
  );
}

function isReplicable(entry: ServiceEntry): boolean {
  return entry.grpcPort !== undefined;
}

/** 2 and what follows. */
function numbersOf({ name }: ServiceEntry, replicas: Replicas): number[] {
  return Array.from({ length: (replicas[name] ?? 1) - 1 }, (_, index) => index + 2);
}

function replicaOf(entry: ServiceEntry, number: number): ServiceEntry {
  const ownPorts = portsOf(entry).map((name) => [name, replicaPortName(name, number)] as const);
  return {
    ...entry,
    name: `${entry.name}-${number}`,
    replicaOf: entry.name,
    opsPort: replicaPortName(entry.opsPort as PortName, number),
    env: (wiring) => entry.env(withPorts(wiring, ownPorts)),
  };
}

function portsOf({ grpcPort, opsPort }: ServiceEntry): PortName[] {
  return grpcPort === undefined ? [] : [grpcPort, opsPort as PortName];
}

/** The wiring as the replica sees it: what is the service's own port elsewhere is the replica's. */
function withPorts(wiring: Wiring, own: readonly (readonly [PortName, keyof Ports])[]): Wiring {
  const ports = Object.fromEntries(own.map(([name, replicaName]) => [name, wiring.ports[replicaName]]));
  return { ...wiring, ports: { ...wiring.ports, ...ports } as Ports };
}
