import { AppError } from "@shop/platform/errors";
import type { App } from "./app.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Looking at every field is the dear way: it is taken where such a name can be, as it is or escaped. */
const MAY_NAME_PROTOTYPE = /__proto__|\\u/;

/** Lets bodies in as JSON in UTF-8 and in no other form. */
export function acceptJsonOnly(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_req, body, done) => {
    try {
      done(null, parseJson(body));
    } catch (err) {
      done(err as Error);
    }
  });
}

/** The value that `body` says. Throws MALFORMED_BODY, with the place of the fault but none of the body's text. */
export function parseJson(body: string | Buffer): unknown {
  const text = typeof body === "string" ? body : decode(body);
  if (text.trim() === "") throw new AppError("MALFORMED_BODY", "The body must not be empty.");
  try {
    return MAY_NAME_PROTOTYPE.test(text) ? JSON.parse(text, refusePrototypes) : JSON.parse(text);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("MALFORMED_BODY", `The body is not valid JSON${placeOf(cause)}.`, { cause });
  }
}

function decode(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw new AppError("MALFORMED_BODY", "The body is not valid UTF-8.", { cause });
  }
}

function refusePrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new AppError("MALFORMED_BODY", 'The body must not have a field "__proto__".');
  return value;
}

function placeOf(err: unknown): string {
  const [, position] = /at position (\d+)/.exec(err instanceof Error ? err.message : "") ?? [];
  return position === undefined ? "" : `: it goes wrong at character ${Number(position) + 1}`;
}
