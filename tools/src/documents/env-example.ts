import type { ConfiguredService } from "./service-variables.ts";
import type { Variable } from "./variables.ts";

const WIDTH = 120;
const HEAD = [
  "# What the services can be told; docs/configuration.md has it service by service. Made by `npm run docs:configuration`",
  "# from each service's src/config.ts. `npm start` sets all of this by itself; it passes on from its own environment the",
  "# variables marked with (start). Lines that begin with #NAME= are optional.",
];

/** One variable with those who read it. */
interface Shared {
  readonly variable: Variable;
  readonly readers: readonly ConfiguredService[];
}

/** The file that names every variable of every service once. */
export function envExample(services: readonly ConfiguredService[]): string {
  const names = new Set(services.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const shared = [...names].map((name) => gather(name, services));
  const groups = Map.groupBy(shared, ({ readers }) => title(readers, services));
  const widestFirst = [...groups].sort(([, one], [, other]) => readersOf(other) - readersOf(one));
  return `${[...HEAD, ...widestFirst.flatMap(([name, members]) => group(name, members))].join("\n")}\n`;
}

function gather(name: string, services: readonly ConfiguredService[]): Shared {
  const readers = services.filter(({ variables }) => variables.some((one) => one.name === name));
  const variable = readers.flatMap(({ variables }) => variables.filter((one) => one.name === name)).at(-1);
  if (variable === undefined) throw new Error(`Nobody reads ${name}.`);
  return { variable, readers };
}

function readersOf([first]: readonly Shared[]): number {
  return first?.readers.length ?? 0;
}

function title(readers: readonly ConfiguredService[], services: readonly ConfiguredService[]): string {
  if (readers.length === services.length) return "every service";
  const others = services.filter((service) => !readers.includes(service)).map(({ entry }) => entry.folder);
  if (others.length < readers.length) return `every service but ${others.join(", ")}`;
  return readers.map(({ entry }) => entry.folder).join(", ");
}

function group(name: string, members: readonly Shared[]): string[] {
  const rule = `# ---- ${name} `;
  return ["", rule.padEnd(WIDTH, "-"), ...members.flatMap(lines)];
}

function lines({ variable, readers }: Shared): string[] {
  const { name, meaning, expected, unit, absent } = variable;
  const isPassedOn = name === "LOG_LEVEL" || readers.some(({ entry }) => entry.passedOn.includes(name));
  const without = absent.kind === "unset" ? ` Without it: ${absent.effect}.` : "";
  const counted = unit === undefined ? "" : ` Unit: ${unit}.`;
  const comment = `${meaning}. Must be ${expected}.${counted}${without}${differences(name, readers)}${isPassedOn ? " (start)" : ""}`;
  const assignment = `${name}=${value(variable)}`;
  return [...wrap(comment), absent.kind === "unset" && variable.example === undefined ? `#${assignment}` : assignment];
}

/** Each reader's default, where they differ. */
function differences(name: string, readers: readonly ConfiguredService[]): string {
  const defaults = readers.flatMap(({ entry, variables }) =>
    variables.filter((one) => one.name === name).map((one) => ({ service: entry.name, text: value(one) })),
  );
  if (new Set(defaults.map(({ text }) => text)).size < 2) return "";
  return ` Default: ${defaults.map(({ service, text }) => `${service} ${text || "none"}`).join(", ")}.`;
}

function value({ absent, example = "" }: Variable): string {
  return absent.kind === "default" ? absent.value : example;
}

function wrap(comment: string): string[] {
  const wrapped: string[] = [];
  let line = "#";
  for (const word of comment.split(" ")) {
    if (`${line} ${word}`.length > WIDTH) {
      wrapped.push(line);
      line = "#";
    }
    line = `${line} ${word}`;
  }
  return [...wrapped, line];
}
