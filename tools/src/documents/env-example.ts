import type { ComposeFile } from "./compose-file.ts";
import { composeOptions, composeSecrets } from "./compose-variables.ts";
import type { ConfiguredService } from "./service-variables.ts";
import type { Variable } from "./variables.ts";

const WIDTH = 120;
const HEAD = [
  "# What `docker compose` reads as .env: deploy/compose/new-env makes one, with secrets of its own. docs/configuration.md has it",
  "# service by service. Made by `npm run docs:configuration` from docker-compose.yaml and each service's src/config.ts. Lines",
  "# that begin with #NAME= are optional and show what holds without them. `npm start` reads none of this; it passes on from",
  "# its own environment the variables marked with (start).",
];

/** One variable with those who read it. */
interface Shared {
  readonly variable: Variable;
  readonly readers: readonly ConfiguredService[];
}

/** The file that names every variable of every service, and of `docker-compose.yaml`, once. */
export function envExample(services: readonly ConfiguredService[], compose: ComposeFile): string {
  const names = new Set(services.flatMap(({ variables }) => variables.map(({ name }) => name)));
  const shared = [...names].map((name) => gather(name, services));
  const of = (isOne: (name: string) => boolean) => shared.filter(({ variable }) => isOne(variable.name));
  const isSet = (name: string) => compose.interpolated.has(name) && compose.interpolated.get(name) === undefined;
  const isPassedOn = (name: string) => !compose.interpolated.has(name) && compose.passedOn.has(name);
  const isOption = (name: string) => compose.interpolated.get(name) !== undefined;
  const isLeft = (name: string) => !compose.interpolated.has(name) && !compose.passedOn.has(name);
  const lines = [
    ...HEAD,
    ...rule("docker compose: has to be set, and is by deploy/compose/new-env"),
    ...of(isSet).flatMap((one) =>
      serviceLines(one, `${one.variable.name}=${one.variable.name === "APP_MODE" ? "demo" : ""}`),
    ),
    ...composeSecrets.flatMap(({ name, meaning }) => [...wrap(`${meaning}.`), `${name}=`]),
    ...rule("docker compose: ports, network, images, addresses"),
    ...composeOptions.flatMap((one) => [...wrap(`${one.meaning}.`), `#${one.name}=${defaultOf(one.name, compose)}`]),
    ...of(isOption).flatMap((one) =>
      serviceLines(one, `#${one.variable.name}=${defaultOf(one.variable.name, compose)}`),
    ),
    ...groups(of(isPassedOn), services),
    ...rule("set by docker-compose.yaml itself: for those who start services in another way"),
    ...of(isLeft).flatMap((one) => serviceLines(one)),
  ];
  return `${lines.join("\n")}\n`;
}

function groups(shared: readonly Shared[], services: readonly ConfiguredService[]): string[] {
  const byReaders = Map.groupBy(shared, ({ readers }) => title(readers, services));
  const widestFirst = [...byReaders].sort(([, one], [, other]) => readersOf(other) - readersOf(one));
  return widestFirst.flatMap(([name, members]) => [...rule(name), ...members.flatMap((one) => serviceLines(one))]);
}

function rule(title: string): string[] {
  return ["", `# ---- ${title} `.padEnd(WIDTH, "-")];
}

function defaultOf(name: string, { interpolated }: ComposeFile): string {
  const value = interpolated.get(name);
  if (value === undefined) throw new Error(`docker-compose.yaml has no default for ${name}.`);
  return value;
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

/** What is said of a service's variable, and a line that sets it to what holds anyway. */
function serviceLines({ variable, readers }: Shared, assignment = `#${variable.name}=${value(variable)}`): string[] {
  const { name, meaning, expected, unit, absent } = variable;
  const isPassedOn = name === "LOG_LEVEL" || readers.some(({ entry }) => entry.passedOn.includes(name));
  const isShown = !assignment.endsWith("=");
  const without = absent.kind === "unset" && !isShown ? ` Without it: ${absent.effect}.` : "";
  const counted = unit === undefined ? "" : ` Unit: ${unit}.`;
  const comment = `${meaning}. Must be ${expected}.${counted}${without}${differences(name, readers)}${isPassedOn ? " (start)" : ""}`;
  return [...wrap(comment), assignment];
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
