import { fromUnknown, validationFailed } from "@shop/platform/errors";
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { parseBody, violationsOf } from "../domain/fields.ts";

/** Checks one part of a request against its schema, and gives what the schema makes of it. */
export const validatorCompiler: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  const expected = schema as z.ZodType;
  if (httpPart === "body") return (body) => attempt(() => parseBody(expected, body));
  return (value) => {
    const parsed = expected.safeParse(value);
    return parsed.success ? { value: parsed.data } : { error: validationFailed(violationsOf(parsed.error)) };
  };
};

/**
 * Leaves `parts` of a request as they came: their schemas are documentation only, because somebody else checks them.
 */
export function unchecked(...parts: readonly string[]): FastifySchemaCompiler<unknown> {
  return (route) => (parts.includes(route.httpPart ?? "") ? (value) => ({ value }) : validatorCompiler(route));
}

function attempt(parse: () => unknown): { value?: unknown; error?: Error } {
  try {
    return { value: parse() };
  } catch (err) {
    return { error: fromUnknown(err) };
  }
}
