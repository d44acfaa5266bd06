import type { ErrorCode } from "@shop/platform/errors";
import { oauthError } from "../domain/identity-documents.ts";
import { type AnswerDoc, problems } from "./openapi.ts";

const content = { "application/json": { schema: oauthError } };
const challenge = { type: "string", description: "How a client authenticates." };

/**
 * The errors of the routes that OAuth defines, in its form; what is refused before the identity service has seen it is a
 * problem as everywhere else.
 */
export const oauthErrors: Readonly<Record<number, AnswerDoc>> = {
  400: { description: "A word of RFC 6749, section 5.2, says what is wrong.", content },
  401: {
    description: "The client is unknown, or its secret is not right.",
    headers: { "WWW-Authenticate": challenge },
    content,
  },
  ...problems("RATE_LIMITED"),
  ...inBothForms("PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "OVERLOADED", "UNAVAILABLE"),
};

function inBothForms(...codes: readonly ErrorCode[]): Record<number, AnswerDoc> {
  const answers = Object.entries(problems(...codes));
  return Object.fromEntries(
    answers.map(([status, problem]) => [status, { ...problem, content: { ...content, ...problem.content } }]),
  );
}
