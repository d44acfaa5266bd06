import type { ConfiguredService } from "./service-variables.ts";
import type { Absent, Variable } from "./variables.ts";

const HEAD = `# Configuration

<!-- Made by \`npm run docs:configuration\` from each service's \`src/config.ts\`. Do not edit it here. -->

A service reads its environment once, when it starts. It names everything that is wrong at once, never a value, and ends with
exit code 1. A variable that is empty counts as not set.

\`npm start\` sets all of this by itself (\`APP_MODE=demo\`, its own ports, databases, secrets). From its own environment it passes
on \`LOG_LEVEL\` and what is marked with † below. [\`.env.example\`](../.env.example) has all variables in one file.
`;

/** The page that tells all variables of all services. */
export function configurationPage(services: readonly ConfiguredService[]): string {
  return `${[HEAD, ...services.map(section)].join("\n")}`;
}

function section({ entry, variables }: ConfiguredService): string {
  const rows = variables.map((variable) => row(variable, entry.passedOn.includes(variable.name)));
  return [
    `## ${entry.folder}`,
    "",
    "| variable | what it decides | must be | unit | where it is not set |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

function row({ name, meaning, expected, unit = "", isSecret, absent }: Variable, isPassedOn: boolean): string {
  const said = `${meaning}.${isSecret ? " **Secret.**" : ""}`;
  const cells = [`\`${name}\`${isPassedOn ? " †" : ""}`, said, expected, unit, without(absent)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function without(absent: Absent): string {
  switch (absent.kind) {
    case "default":
      return absent.value === "" ? "empty" : `\`${absent.value}\``;
    case "unset":
      return absent.effect;
    case "refused":
      return "**required**";
    default:
      return absent satisfies never;
  }
}
