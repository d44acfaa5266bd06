/**
 * Owns: which fields of a log line may show what they hold, and what they are called in the Elastic Common Schema.
 * Does not own: writing, levels, the correlation id (logging.ts).
 *
 * A field that nobody listed is written as "[redacted]", so that a forgotten one costs a readable line, never a secret.
 */

import { isErrorLike } from "./errors.ts";

/** The fields every service may log. Free text, URLs and bodies are not among them. */
const commonFields = [
  "address",
  "attempt",
  "attempts",
  "byUserId",
  "check",
  "clientId",
  "code",
  "component",
  "correlationId",
  "count",
  "delayMs",
  "durationMs",
  "epoch",
  "event",
  "exitCode",
  "expiresAt",
  "host",
  "httpStatus",
  "kid",
  "limit",
  "method",
  "migration",
  "mode",
  "name",
  "orderId",
  "ownerId",
  "pid",
  "port",
  "productId",
  "reason",
  "route",
  "sagaId",
  "seq",
  "service",
  "signal",
  "state",
  "status",
  "step",
  "target",
  "timeoutMs",
  "traceId",
  "userId",
  "version",
] as const;

/** Fields for which the schema has a place of its own; all others are labels. */
const schemaNames: Record<string, string> = {
  component: "log.logger",
  durationMs: "event.duration",
  event: "event.action",
  traceId: "trace.id",
};

/** Translates one log call's fields; the error under `err` has its own form. */
export type FieldTranslator = (fields: Record<string, unknown>) => Record<string, unknown>;

/** Creates the translator that lets the common fields and `extra` through. */
export function createFieldTranslator(extra: readonly string[]): FieldTranslator {
  const names = new Map([...commonFields, ...extra].map((field) => [field, schemaNameOf(field)]));
  return (fields) => {
    const translated: Record<string, unknown> = {};
    for (const [field, value] of Object.entries(fields)) {
      if (field === "err") {
        translated.error = describeError(value);
        continue;
      }
      const name = names.get(field);
      translated[name ?? schemaNameOf(field)] = name === undefined ? redacted : shown(field, value);
    }
    return translated;
  };
}

const redacted = "[redacted]";

function schemaNameOf(field: string): string {
  return schemaNames[field] ?? `labels.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

function shown(field: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(field, item));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "object" && value !== null) return redacted;
  // The schema wants nanoseconds.
  if (field === "durationMs" && typeof value === "number") return Math.round(value * 1e6);
  return value;
}

/** An error as the schema has it: type, message, code and a stack that goes on through its causes; nothing else of it. */
export function describeError(err: unknown): Record<string, unknown> {
  if (!isErrorLike(err)) return { type: typeof err, message: typeof err === "string" ? err : redacted };
  const code = "code" in err && typeof err.code === "string" ? { code: err.code } : {};
  return { type: err.name, message: messageOf(err), ...code, stack_trace: stackOf(err, 0) };
}

const deepestCause = 5;

function stackOf(err: Error, depth: number): string {
  const frames = (err.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const beneath = [err.cause, ...("errors" in err && Array.isArray(err.errors) ? err.errors : [])].filter(
    (one) => one !== undefined,
  );
  const causes = depth === deepestCause ? [] : beneath.map((one) => `caused by ${causeOf(one, depth + 1)}`);
  return [`${err.name}: ${messageOf(err)}`, ...frames, ...causes].join("\n");
}

function causeOf(cause: unknown, depth: number): string {
  return isErrorLike(cause) ? stackOf(cause, depth) : `a ${typeof cause}`;
}

function messageOf(err: Error): string {
  // JSON.parse quotes what it could not read, which may be a password.
  const quotesTheBody = err.name === "SyntaxError" && /JSON/.test(err.message);
  return quotesTheBody ? "not valid JSON" : err.message;
}
