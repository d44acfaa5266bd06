import { AppError, type FieldViolation, validationFailed } from "@shop/platform/errors";
import { z } from "zod";

const MAX_VIOLATIONS = 100;
const MAX_FIELD_LENGTH = 200;

/** What text consists of, and what of that is not blank, for the documentation: no engine's own idea of a blank is used. */
const ALLOWED = "[^\\u0000\\ufffd]";
const BLANK = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const VISIBLE = `[^${BLANK}\\u0000\\ufffd]`;

/** A UUID in any case; it is given on in small letters, the one form in which ids are stored. */
export const uuid = z
  .string({ error: expected("a UUID") })
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "must be a UUID")
  .toLowerCase()
  .meta({ format: "uuid" });

/** Text of at most `maxLength` characters that every service and its database can hold; `error` says that it is none. */
export function text(maxLength: number, error: string | ReturnType<typeof expected> = expected("text")) {
  return z
    .string({ error })
    .refine((value) => isAtMost(maxLength, value), `must have at most ${maxLength} characters`)
    .refine((value) => !value.includes("\u0000"), "must not contain the character U+0000")
    .refine((value) => !value.includes("\ufffd"), "must not contain U+FFFD, which stands for bytes that are not UTF-8")
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode")
    .meta({ maxLength, pattern: `^${ALLOWED}*$` });
}

/** Text that says something. */
export function requiredText(maxLength: number) {
  return text(maxLength)
    .refine((value) => value.trim() !== "", "is required")
    .meta({ minLength: 1, maxLength, pattern: `^${ALLOWED}*${VISIBLE}${ALLOWED}*$` });
}

/** The message of a value that is missing, or that is not `what`. */
export function expected(what: string): (issue: { input?: unknown }) => string {
  return ({ input }) => (input === undefined ? "is required" : `must be ${what}`);
}

/**
 * What the body of a request says. Throws VALIDATION_FAILED with everything that is wrong in it and with `others`, and
 * MALFORMED_BODY where it is no JSON object at all.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  others: readonly FieldViolation[] = [],
): z.output<Schema> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new AppError("MALFORMED_BODY", "The body must be a JSON object.");
  }
  const parsed = schema.safeParse(body);
  const violations = [...others, ...(parsed.success ? [] : violationsOf(parsed.error))];
  if (!parsed.success || violations.length > 0) throw validationFailed(violations);
  return parsed.data;
}

/** What a schema found wrong, one violation per field: unknown fields by their names, fields of lists by their index. */
export function violationsOf(error: z.core.$ZodError): FieldViolation[] {
  return error.issues.flatMap((issue) => violationsOfIssue(issue, [])).slice(0, MAX_VIOLATIONS);
}

/** Characters are counted as people and JSON Schema count them, not as JavaScript does. */
function isAtMost(maxLength: number, value: string): boolean {
  return value.length <= maxLength || (value.length <= 2 * maxLength && [...value].length <= maxLength);
}

function violationsOfIssue(issue: z.core.$ZodIssue, parent: readonly PropertyKey[]): FieldViolation[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: fieldName([...path, key]), message: "is not a known field" }));
  }
  const alternative = issue.code === "invalid_union" ? issue.errors.find(isOfTheGivenType) : undefined;
  if (alternative) return alternative.flatMap((inner) => violationsOfIssue(inner, path));
  return [{ field: fieldName(path), message: issue.message }];
}

/** Of a union's alternatives the one whose type the value has is what the client meant. */
function isOfTheGivenType(issues: readonly z.core.$ZodIssue[]): boolean {
  return !issues.some((issue) => issue.code === "invalid_type" && issue.path.length === 0);
}

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return name.replace(/^\./, "").slice(0, MAX_FIELD_LENGTH);
}
