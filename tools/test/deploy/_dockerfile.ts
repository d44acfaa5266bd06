/** One instruction, its continued lines joined; comments are left out. */
export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  /** What stands behind name and flags. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile of the form that ours has: no escape directive, no here-documents, every stage named. */
export function parseDockerfile(source: string): Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(source)) {
    if (instruction.name === "FROM") {
      const [from = "", , name = ""] = instruction.text.split(/\s+/);
      stages.push({ from, name, instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${instruction.name} stands before the first FROM.`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/** The list of an instruction in exec form; undefined where it is in shell form. */
export function execForm(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
}

/** The assignments of ENV, LABEL or ARG: `A=1 B="two words"`; a name without a value has none. */
export function assignments(text: string): [name: string, value: string | undefined][] {
  return [...text.matchAll(/([\w.]+)(?:=(?:"([^"]*)"|(\S*)))?/g)].map(([, name = "", quoted, plain]) => [
    name,
    quoted ?? plain,
  ]);
}

function readInstructions(source: string): Instruction[] {
  const lines = source.split("\n").filter((line) => !/^\s*#/.test(line));
  const joined = lines.join("\n").replace(/\\\n\s*/g, "");
  return joined
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(readInstruction);
}

function readInstruction(line: string): Instruction {
  const [, name = "", rest = ""] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
  const [, flagText = "", text = ""] = /^((?:--\S+\s+)*)(.*)$/.exec(rest) ?? [];
  const flags = Object.fromEntries(
    [...flagText.matchAll(/--([\w-]+)=(\S+)/g)].map(([, flag = "", value = ""]) => [flag, value]),
  );
  return { name: name.toUpperCase(), flags, text: text.trim() };
}
