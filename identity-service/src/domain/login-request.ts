import { AppError, validationFailed } from "@shop/platform/errors";
import { collectViolations, type Violations } from "@shop/platform/validation";
import { plainForm } from "./plain-form.ts";

/** What `POST /login` asks for, checked. */
export interface LoginRequest {
  /** In its plain form, so that one account has one name wherever it is counted. */
  readonly username: string;
  readonly password: string;
}

/** Of a password nothing is trimmed: one of blanks only is not missing. */
const limits: Record<keyof LoginRequest, { maxLength: number; required?: boolean }> = {
  username: { maxLength: 255, required: true },
  password: { maxLength: 1024 },
};

/** Reads the body of `POST /login`; throws all violations together. No message repeats a value. */
export function parseLoginRequest(body: unknown): LoginRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new AppError("MALFORMED_BODY", "The body must be a JSON object with username and password.");
  }
  const violations = collectViolations();
  const fields = new Map<string, unknown>(Object.entries(body));
  const request = {
    username: plainForm(textField(violations, fields, "username")),
    password: textField(violations, fields, "password"),
  };
  for (const name of fields.keys()) {
    if (!Object.hasOwn(limits, name)) violations.add(shortened(name), "is not a field of this request");
  }
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return request;
}

function textField(violations: Violations, fields: Map<string, unknown>, name: keyof LoginRequest): string {
  const value = fields.get(name);
  if (typeof value === "string" && value !== "") return violations.text(name, value, limits[name]);
  violations.add(name, value === undefined || value === "" ? "is required" : "must be a string");
  return "";
}

/** An unknown name is the caller's text: it is given back in a bounded form. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
