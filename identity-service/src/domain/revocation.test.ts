import { createHash } from "node:crypto";
import { revocationHash } from "./revocation.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();

describe("an entry of the list", () => {
  it.each([
    ["a token", { kind: "jti", id: "Ab-1" }, "jti:Ab-1"],
    ["a login", { kind: "sid", id: "Cd-2" }, "sid:Cd-2"],
    ["a user, in lower case", { kind: "sub", id: "0190AB" }, "sub:0190ab"],
  ] as const)("is the hash of %s", (_case, entry, text) => {
    expect(revocationHash(entry)).toEqual(sha256(text));
  });
});
