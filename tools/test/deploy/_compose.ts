import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { parse } from "yaml";

/** A service of `docker-compose.yaml`, as far as the tests look at it. */
export interface ComposeService {
  image?: string;
  build?: { context: string; args: { SERVICE: string } };
  pull_policy?: string;
  user?: string;
  privileged?: boolean;
  init?: boolean;
  read_only?: boolean;
  restart?: string;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
  tmpfs?: string[];
  volumes?: string[];
  ports?: string[];
  network_mode?: string;
  networks?: string[] | Record<string, { ipv4_address?: string } | null>;
  environment?: Record<string, string | null>;
  depends_on?: Record<string, { condition: string }>;
  logging?: { driver: string; options: Record<string, string> };
  healthcheck?: { test: string | string[] } & Record<string, unknown>;
  deploy?: { resources: { limits: Record<string, unknown> } };
}

export interface ComposeDocument {
  services: Record<string, ComposeService>;
  networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string; ip_range: string }[] } }>;
  volumes: Record<string, unknown>;
}

export const root = join(import.meta.dirname, "..", "..", "..");

/** The file as it stands, anchors resolved. */
export function readCompose(): ComposeDocument {
  return parse(readFileSync(join(root, "docker-compose.yaml"), "utf8"), { merge: true });
}

/** The document with every `${…}` replaced as Compose does it. Throws where a required variable is not set. */
export function interpolated(document: ComposeDocument, env: NodeJS.Dict<string>): ComposeDocument {
  const replace = (value: unknown): unknown => {
    if (typeof value === "string") return interpolate(value, env);
    if (Array.isArray(value)) return value.map(replace);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one)]));
  };
  return replace(document) as ComposeDocument;
}

/** What the service's process would get; variables that are passed on are there only where `env` has them. */
export function environmentOf(service: ComposeService, env: NodeJS.Dict<string>): NodeJS.Dict<string> {
  const given = Object.entries(service.environment ?? {}).map(([name, value]) => [name, value ?? env[name]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

export function networksOf({ networks = {} }: ComposeService): string[] {
  return Array.isArray(networks) ? networks : Object.keys(networks);
}

/** The variables of a text in the form of `.env`. */
export function variablesOf(text: string): NodeJS.Dict<string> {
  return parseEnv(text);
}

function interpolate(text: string, env: NodeJS.Dict<string>): string {
  const begin = text.indexOf("${");
  if (begin < 0) return text;
  const end = closingBrace(text, begin + 2);
  const [, name = "", operator = "", word = ""] =
    /^([A-Z0-9_]+)(?::([-?+])(.*))?$/s.exec(text.slice(begin + 2, end)) ?? [];
  const value = env[name] ?? "";
  const put = value === "" ? absent(name, operator, word, env) : operator === "+" ? interpolate(word, env) : value;
  return text.slice(0, begin) + put + interpolate(text.slice(end + 1), env);
}

function absent(name: string, operator: string, word: string, env: NodeJS.Dict<string>): string {
  if (operator === "?") throw new Error(`${name} is not set: ${word}`);
  return operator === "-" ? interpolate(word, env) : "";
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}") depth--;
    if (depth === 0) return at;
  }
  throw new Error(`A brace is not closed in ${text}`);
}
