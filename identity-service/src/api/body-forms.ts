import { AppError } from "@shop/platform/errors";
import type { FastifyInstance } from "fastify";

/** What a route's body is written in; another is UNSUPPORTED_MEDIA_TYPE. */
export type BodyForm = "json" | "form" | "nothing";

/** Makes the routes of `scope` take bodies in this form only. */
export function takeBodies(scope: FastifyInstance, form: BodyForm): void {
  scope.removeAllContentTypeParsers();
  switch (form) {
    case "json":
      addParser(scope, "application/json", parseJson);
      return;
    case "form":
      addParser(scope, "application/x-www-form-urlencoded", (text) => new URLSearchParams(text));
      return;
    case "nothing":
      return;
    default:
      form satisfies never;
  }
}

function addParser(scope: FastifyInstance, contentType: string, parse: (text: string) => unknown): void {
  scope.addContentTypeParser(contentType, { parseAs: "buffer" }, async (_request: unknown, body: Buffer) =>
    parse(toText(body)),
  );
}

function toText(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (err) {
    throw new AppError("MALFORMED_BODY", "The body is not valid UTF-8.", { cause: err });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause is left out, for it quotes the body.
    throw new AppError("MALFORMED_BODY", "The body is not valid JSON.");
  }
}
