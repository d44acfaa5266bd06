import { AppError, validationFailed } from "@shop/platform/errors";
import { collectViolations, type Violations } from "@shop/platform/validation";
import { isCommonPassword } from "./common-passwords.ts";
import { plainForm } from "./plain-form.ts";
import { type Address, type Role, roles } from "./user.ts";

/** What `POST /users` asks for, checked. */
export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
  readonly name: string;
  readonly email: string;
  readonly addresses: readonly Address[];
}

/** Whom the configuration names, so that there is somebody who may make users. */
export type FirstAdmin = Pick<NewUser, "username" | "password">;

const userFields = ["username", "password", "role", "name", "email", "addresses"];
const addressFields = ["street", "city", "state", "zipCode", "country"];
const maxTextLength = 200;
const maxAddresses = 20;
const passwordLength = { least: 8, most: 1024 };

/** A name that looks the same is the same: no control characters, no blanks at its ends, one form of each character. */
const usernameForm = /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+(?<!\s)$/u;
const emailForm = /^[^\s@<>"(),:;[\]\\\p{Cc}]+@[^\s@<>"(),:;[\]\\\p{Cc}]+\.[^\s@<>"(),:;[\]\\\p{Cc}.]+$/u;

/** Reads the body of `POST /users`; throws all violations together. No message repeats a value. */
export function parseNewUser(body: unknown): NewUser {
  if (!isObject(body)) throw new AppError("MALFORMED_BODY", "The body must be a JSON object that describes a user.");
  const violations = collectViolations();
  refuseUnknown(violations, body, userFields, "");
  const username = usernameOf(violations, body.username);
  const user = {
    username,
    password: passwordOf(violations, body.password, username),
    role: roleOf(violations, body.role),
    name: text(violations, "name", body.name, { maxLength: maxTextLength, required: true }),
    email: emailOf(violations, body.email),
    addresses: addressesOf(violations, body.addresses),
  };
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return user;
}

/** What of a name and a password no user could have. */
export function faultsOfCredentials(given: Partial<FirstAdmin>): readonly ("username" | "password")[] {
  const violations = collectViolations();
  passwordOf(violations, given.password, usernameOf(violations, given.username));
  return violations.list.map(({ field }) => field as keyof FirstAdmin);
}

function usernameOf(violations: Violations, value: unknown): string {
  const before = violations.list.length;
  const username = text(violations, "username", value, { maxLength: 255, required: true });
  if (violations.list.length === before && !usernameForm.test(username)) {
    violations.add("username", "must have no control characters, and no blanks at its ends");
  } else if (violations.list.length === before && plainForm(username) !== username) {
    violations.add("username", "must be in its plain form (Unicode NFKC)");
  }
  return username;
}

/**
 * Length and no guess that comes early, and nothing about which characters (NIST SP 800-63B, 5.1.1.2). Both are looked at in
 * the form that is hashed: what is typed in wide letters is the same password.
 */
function passwordOf(violations: Violations, value: unknown, username: string): string {
  if (typeof value !== "string" || value === "") {
    violations.add("password", value === undefined || value === "" ? "is required" : "must be text");
    return "";
  }
  const before = violations.list.length;
  const password = violations.text("password", value, { maxLength: passwordLength.most });
  if (violations.list.length > before) return password;
  const plain = plainForm(password);
  if ([...plain].length < passwordLength.least) {
    violations.add("password", `must have at least ${passwordLength.least} characters`);
  } else if (isCommonPassword(plain) || plain.toLowerCase() === username.toLowerCase()) {
    violations.add("password", "must not be one that is guessed first");
  }
  return password;
}

function roleOf(violations: Violations, value: unknown): Role {
  const role = roles.find((one) => one === value);
  if (role === undefined) violations.add("role", `must be one of ${roles.join(", ")}`);
  return role ?? "customer";
}

function emailOf(violations: Violations, value: unknown): string {
  const before = violations.list.length;
  const email = text(violations, "email", value, { maxLength: 254, required: true });
  if (violations.list.length === before && !emailForm.test(email)) {
    violations.add("email", "must be a mail address such as ada@example.com");
  }
  return email;
}

function addressesOf(violations: Violations, value: unknown = []): Address[] {
  if (!Array.isArray(value)) violations.add("addresses", "must be a list");
  else if (value.length > maxAddresses) violations.add("addresses", `must have at most ${maxAddresses} entries`);
  else return value.map((entry, index) => addressOf(violations, `addresses[${index}]`, entry));
  return [];
}

/** The same rules as an order's address has. */
function addressOf(violations: Violations, path: string, value: unknown): Address {
  if (!isObject(value)) {
    violations.add(path, "must be an object");
    return { street: "", city: "", state: "", zipCode: "", country: "" };
  }
  refuseUnknown(violations, value, addressFields, `${path}.`);
  const part = (field: keyof Address, required = true) =>
    text(violations, `${path}.${field}`, value[field], { maxLength: maxTextLength, required });
  const country = part("country");
  if (country.trim() !== "" && !/^[A-Z]{2}$/.test(country)) {
    violations.add(`${path}.country`, 'must be an ISO 3166-1 alpha-2 code in capital letters, such as "US"');
  }
  return { street: part("street"), city: part("city"), state: part("state", false), zipCode: part("zipCode"), country };
}

function text(
  violations: Violations,
  field: string,
  value: unknown,
  limits: { maxLength: number; required: boolean },
): string {
  if (typeof value === "string") return violations.text(field, value, limits);
  if (value !== undefined) violations.add(field, "must be text");
  else if (limits.required) violations.add(field, "is required");
  return "";
}

function refuseUnknown(
  violations: Violations,
  given: Record<string, unknown>,
  known: readonly string[],
  path: string,
): void {
  for (const name of Object.keys(given)) {
    const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
    if (!known.includes(name)) violations.add(`${path}${shown}`, "is not a field of this request");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
