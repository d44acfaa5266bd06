import { maxTokenLength } from "@shop/platform/auth-token";
import { OAuthError } from "./oauth-error.ts";

/** The parameters of a request to an OAuth endpoint, by name. */
export type FormParameters = ReadonlyMap<string, string>;

const maxLength = 2048;
const maxLengths = new Map([
  ["token", maxTokenLength],
  ["subject_token", maxTokenLength],
]);

/** Reads a form. Parameters without a value count as absent (RFC 6749, 3.2); one that is given twice is refused. */
export function readParameters(form: URLSearchParams): FormParameters {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of form) {
    if (seen.has(name)) throw new OAuthError("invalid_request", "A parameter is given more than once.");
    seen.add(name);
    if (value.length > (maxLengths.get(name) ?? maxLength)) {
      throw new OAuthError("invalid_request", "A parameter is too long.");
    }
    if (value.includes("\u0000")) throw new OAuthError("invalid_request", "A parameter contains U+0000.");
    if (value !== "") parameters.set(name, value);
  }
  return parameters;
}

/** The value of a parameter that must be there. */
export function requiredParameter(parameters: FormParameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) throw new OAuthError("invalid_request", `${name} is required.`);
  return value;
}
