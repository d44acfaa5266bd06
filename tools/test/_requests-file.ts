/** One request of a .http file, as it stands there. */
export interface WrittenRequest {
  /** What stands behind ###. */
  readonly title: string;
  /** By which later requests refer to its answer. */
  readonly name?: string;
  /** The status that the file promises. */
  readonly promised: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a .http file for the REST Client of Visual Studio Code says. */
export interface RequestsFile {
  readonly variables: Readonly<Record<string, string>>;
  readonly requests: readonly WrittenRequest[];
}

/** An answer that later requests refer to. */
export interface NamedAnswer {
  readonly headers: Headers;
  readonly body: unknown;
}

/** Reads a .http file. */
export function readRequestsFile(text: string): RequestsFile {
  const [head = "", ...sections] = text.split(/^### /m);
  const variables = [...head.matchAll(/^@(\w+) = (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
  return { variables: Object.fromEntries(variables), requests: sections.map(readRequest) };
}

/** `text` with each {{…}} replaced: by a variable, or by a part of an earlier request's answer. */
export function fillIn(
  text: string,
  variables: Readonly<Record<string, string>>,
  answers: ReadonlyMap<string, NamedAnswer>,
): string {
  return text.replace(/\{\{([^}]+)\}\}/g, (_match, reference: string) => {
    const [name = "", , part, ...path] = reference.split(/\.|\[|\]\.?/);
    const answer = answers.get(name);
    const value = part === undefined ? variables[name] : partOf(answer, part, path);
    if (typeof value !== "string" || value === "") throw new Error(`Nothing says what {{${reference}}} is.`);
    return value;
  });
}

function readRequest(section: string): WrittenRequest {
  const [head = "", ...body] = section.split(/\n\n/);
  const lines = head.split("\n");
  const [title = ""] = lines;
  const comments = lines.filter((line) => line.startsWith("# "));
  const [request = "", ...headers] = lines.slice(1).filter((line) => line !== "" && !line.startsWith("#"));
  const [method = "", url = ""] = request.split(" ");
  const text = body.join("\n\n").trim();
  return {
    title,
    name: first(comments, /^# @name (\w+)$/),
    promised: Number(first(comments, /^# Answers (\d{3})\b/)),
    method,
    url,
    headers: Object.fromEntries(headers.map((line) => line.split(/: (.*)/s, 2))),
    body: text === "" ? undefined : text,
  };
}

function first(lines: readonly string[], pattern: RegExp): string | undefined {
  return lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
}

function partOf(answer: NamedAnswer | undefined, part: string, path: readonly string[]): unknown {
  if (part === "headers") return answer?.headers.get(path.join("."));
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], answer?.body);
}
