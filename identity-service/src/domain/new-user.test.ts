import { AppError } from "@shop/platform/errors";
import { parseNewUser } from "./new-user.ts";

const address = { street: "1 High Street", city: "Leeds", zipCode: "LS1", country: "GB" };
const carol = {
  username: "carol",
  password: "correct horse battery",
  role: "customer",
  name: "Carol Carter",
  email: "carol@example.com",
  addresses: [address],
};

function fieldsOf(body: unknown): string[] {
  try {
    parseNewUser(body);
  } catch (err) {
    if (err instanceof AppError) return (err.violations ?? []).map(({ field }) => field);
    throw err;
  }
  return [];
}

describe("parseNewUser", () => {
  it("reads a user; the addresses and the state of an address may be left out", () => {
    expect(parseNewUser(carol)).toEqual({ ...carol, addresses: [{ ...address, state: "" }] });
    const { addresses: _, ...without } = carol;
    expect(parseNewUser(without)).toMatchObject({ addresses: [] });
  });

  it.each([
    ["eight characters of one kind", "vnbmzqxw"],
    ["blanks", "two small words"],
    ["another script", "пароль для входа"],
    ["1,024 characters", "long enough ".repeat(85).padEnd(1024, "x")],
    ["eight characters outside the first plane", "🐎🔋🖇️🐎🔋🖇️🐎🔋"],
  ])("takes a password of %s", (_case, password) => {
    expect(fieldsOf({ ...carol, password })).toEqual([]);
  });

  it.each([
    ["seven characters", "vnbmzqx"],
    ["1,025 characters", "x".repeat(1025)],
    ["one of the commonest", "password123"],
    ["one of the commonest in other letters", "PassWord123"],
    ["nothing", ""],
    ["a number", 12345678],
    ["U+0000", "correct\u0000horse"],
    ["half of a character", "correct horse \ud83d"],
    ["one of the commonest in wide letters", "ｐａｓｓｗｏｒｄ１２３"],
    ["eight characters that are seven in their plain form", "vnbmzqe\u0301"],
  ])("refuses a password of %s", (_case, password) => {
    expect(new Set(fieldsOf({ ...carol, password }))).toEqual(new Set(["password"]));
  });

  it("refuses the user's name as a password", () => {
    expect(fieldsOf({ ...carol, username: "carolcarter", password: "CarolCarter" })).toEqual(["password"]);
    expect(fieldsOf({ ...carol, username: "carolcarter", password: "ＣａｒｏｌＣａｒｔｅｒ" })).toEqual(["password"]);
  });

  const faults: [string, Record<string, unknown>, string[]][] = [
    ["a name with a blank at its end", { username: "carol " }, ["username"]],
    ["a name with a line break", { username: "ca\nrol" }, ["username"]],
    ["a name with a character that cannot be seen", { username: "ca\u200brol" }, ["username"]],
    ["a name with half of a character", { username: "carol\ud800" }, ["username"]],
    ["a name in wide letters", { username: "ｃａｒｏｌ" }, ["username"]],
    ["a name with an accent apart from its letter", { username: "rene\u0301" }, ["username"]],
    ["a street with half of a character", { addresses: [{ ...address, street: "\udc00" }] }, ["addresses[0].street"]],
    ["a name of 256 characters", { username: "c".repeat(256) }, ["username"]],
    ["a role in other letters", { role: "admin" }, ["role"]],
    ["a mail address without its domain", { email: "carol" }, ["email"]],
    ["a mail address with a line break", { email: "carol@example.com\nbcc: all" }, ["email"]],
    ["several mail addresses", { email: "a@example.com,b@example.com" }, ["email"]],
    ["addresses that are no list", { addresses: address }, ["addresses"]],
    ["21 addresses", { addresses: Array(21).fill(address) }, ["addresses"]],
    ["an address that is none", { addresses: ["Leeds"] }, ["addresses[0]"]],
    ["a country in small letters", { addresses: [{ ...address, country: "gb" }] }, ["addresses[0].country"]],
    ["an address without a street", { addresses: [address, { ...address, street: " " }] }, ["addresses[1].street"]],
    ["an address of 201 characters", { addresses: [{ ...address, city: "x".repeat(201) }] }, ["addresses[0].city"]],
    ["an unknown field of an address", { addresses: [{ ...address, planet: "x" }] }, ["addresses[0].planet"]],
    ["unknown fields", { userId: "x", isAdmin: true }, ["userId", "isAdmin"]],
    ["a number for a name", { name: 5 }, ["name"]],
  ];
  it.each(faults)("refuses %s by its field", (_case, changes, fields) => {
    expect(fieldsOf({ ...carol, ...changes })).toEqual(fields);
  });

  it("tells all that is missing at once", () => {
    expect(fieldsOf({}).sort()).toEqual(["email", "name", "password", "role", "username"]);
  });

  it.each([[null], [[]], ["carol"], [5]])("refuses the body %p", (body) => {
    expect(() => parseNewUser(body)).toThrow(expect.objectContaining({ code: "MALFORMED_BODY" }));
  });
});
