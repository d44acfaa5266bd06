import { AppError, type ErrorCode } from "@shop/platform/errors";
import { httpStatusOf, problemContentType, toProblem } from "@shop/platform/problem";
import { z } from "zod";
import { uuid } from "../domain/fields.ts";

/** The security of routes for users. */
export const bearer = [{ bearer: [] }];

/** The parameters of a route with an id in its path. */
export const byId = z.object({ id: uuid });

/** The query of a route that takes no parameters: each is refused by its name. */
export const noQuery = z.strictObject({});

/** An error as RFC 9457 has it, with our stable code. */
export const problemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: "Stable, for programs." }),
    detail: z.string().meta({ description: "What is wrong this time, for people." }),
    reason: z.string().optional(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "The faults of the request, all together." }),
  })
  .meta({ id: "Problem" });

/** A header of an answer. */
export interface HeaderDoc {
  readonly type: string;
  readonly description: string;
}

/** One answer of a route, as its documentation has it. */
export interface AnswerDoc {
  readonly description: string;
  readonly headers?: Readonly<Record<string, HeaderDoc>>;
  readonly content: Readonly<Record<string, { schema: z.ZodType; examples?: Readonly<Record<string, unknown>> }>>;
}

/** An answer in JSON. */
export function answer<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  headers: Readonly<Record<string, HeaderDoc>> = {},
) {
  return answerAs("application/json", description, schema, headers);
}

/** An answer in another media type. */
export function answerAs<Schema extends z.ZodType>(
  mediaType: string,
  description: string,
  schema: Schema,
  headers: Readonly<Record<string, HeaderDoc>> = {},
) {
  return { description, headers, content: { [mediaType]: { schema } } };
}

/** An answer without a body. */
export function noAnswer(description: string, headers: Readonly<Record<string, HeaderDoc>> = {}): AnswerDoc {
  return { description, headers, content: {} };
}

/** The errors that a route may answer with, by their HTTP status, each with an example. */
export function problems(...codes: readonly ErrorCode[]): Record<number, AnswerDoc> {
  const byStatus = Map.groupBy(codes, httpStatusOf);
  return Object.fromEntries([...byStatus].map(([status, together]) => [status, problemAnswer(together)]));
}

/** The errors that every route for operators may answer with, and `others`. */
export function operatorProblems(...others: readonly ErrorCode[]): Record<number, AnswerDoc> {
  return problems(
    "VALIDATION_FAILED",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "RATE_LIMITED",
    "OVERLOADED",
    "UNAVAILABLE",
    ...others,
  );
}

const retryAfter = { type: "string", description: "Seconds to wait before asking again." };
const challenge = { type: "string", description: "How to authenticate (RFC 6750)." };

function problemAnswer(codes: readonly ErrorCode[]): AnswerDoc {
  const examples = Object.fromEntries(codes.map((code) => [code, { value: toProblem(exampleOf(code)) }]));
  const headers = {
    ...(codes.some((code) => waits.has(code)) && { "Retry-After": retryAfter }),
    ...(codes.includes("UNAUTHENTICATED") && { "WWW-Authenticate": challenge }),
  };
  return {
    description: codes.join(" or "),
    headers,
    content: { [problemContentType]: { schema: problemDocument, examples } },
  };
}

const waits: ReadonlySet<ErrorCode> = new Set(["RATE_LIMITED", "OVERLOADED", "UNAVAILABLE"]);

const details: Partial<Record<ErrorCode, string>> = {
  MALFORMED_BODY: "The body is not valid JSON: it goes wrong at character 17.",
  UNAUTHENTICATED: "The token has expired.",
  PERMISSION_DENIED: "The token's role does not allow this.",
  NOT_FOUND: "There is none with this id.",
  FAILED_PRECONDITION: "The saga has ended.",
  ORDER_EXISTS: "The order id is taken.",
  USER_EXISTS: "There is a user of that name.",
  IDEMPOTENCY_KEY_REUSED: "The key belongs to a request with another body.",
  PAYLOAD_TOO_LARGE: "The body is larger than 256 kB.",
  UNSUPPORTED_MEDIA_TYPE: "The body must be application/json.",
  RATE_LIMITED: "One address may make 100 such requests a second.",
  OVERLOADED: "There is more to do than can be done now.",
  UNAVAILABLE: "A service that is needed cannot be reached.",
};

function exampleOf(code: ErrorCode): AppError {
  const violations = [{ field: "items[0].quantity", message: "must be an integer from 1 to 10,000" }];
  if (code !== "VALIDATION_FAILED") return new AppError(code, details[code] ?? "");
  return new AppError(code, "items[0].quantity: must be an integer from 1 to 10,000", { violations });
}
