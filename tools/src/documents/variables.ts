import { z } from "zod";

/** One variable of a service's environment, as its schema describes it. */
export interface Variable {
  readonly name: string;
  /** What it decides. */
  readonly meaning: string;
  /** Completes "must be …". */
  readonly expected: string;
  /** What its number counts. */
  readonly unit?: string;
  readonly isSecret: boolean;
  readonly absent: Absent;
  /** A value to begin with, where there is no default. */
  readonly example?: string;
}

/** What happens where a variable is not set. */
export type Absent =
  | { readonly kind: "default"; readonly value: string }
  | { readonly kind: "unset"; readonly effect: string }
  | { readonly kind: "refused" };

const notes = z.strictObject({
  description: z.string(),
  expected: z.string().default("text"),
  unit: z.string().optional(),
  unset: z.string().optional(),
  example: z.string().optional(),
  isSecret: z.boolean().default(false),
});

/** The variables of a service, in the order of its schema. Throws where one does not say what it means. */
export function variablesOf(service: string, schema: z.ZodObject): Variable[] {
  return Object.entries(schema.shape).map(([name, field]) => describe(`${service}'s ${name}`, name, field));
}

function describe(where: string, name: string, field: z.core.$ZodType): Variable {
  const { meta, fallback } = unwrap(field);
  const read = notes.safeParse(meta);
  if (!read.success) throw new Error(`${where} is not described: ${z.prettifyError(read.error)}`);
  const { description, expected, unit, unset, example, isSecret } = read.data;
  return { name, meaning: description, expected, unit, isSecret, example, absent: absent(where, fallback, unset) };
}

/** What a schema and those that it wraps say of themselves, the outer ones having the last word. */
function unwrap(field: z.core.$ZodType): { meta: Record<string, unknown>; fallback: Fallback } {
  const own = z.globalRegistry.get(field) ?? {};
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault) {
    const { meta } = unwrap(field.def.innerType);
    return { meta: { ...meta, ...own }, fallback: { kind: "default", value: asText(field.def.defaultValue) } };
  }
  if (field instanceof z.ZodOptional) {
    return { meta: { ...unwrap(field.def.innerType).meta, ...own }, fallback: { kind: "optional" } };
  }
  return { meta: own, fallback: { kind: "required" } };
}

type Fallback = { kind: "default"; value: string } | { kind: "optional" } | { kind: "required" };

function absent(where: string, fallback: Fallback, unset: string | undefined): Absent {
  switch (fallback.kind) {
    case "default":
      return fallback;
    case "required":
      return { kind: "refused" };
    case "optional":
      if (unset === undefined) throw new Error(`${where} is optional and does not say what happens without it.`);
      return { kind: "unset", effect: unset };
    default:
      return fallback satisfies never;
  }
}

/** A default as the environment would have it. */
function asText(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  if (typeof value === "boolean") return value ? "on" : "off";
  return String(value);
}
