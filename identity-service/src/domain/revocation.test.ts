import { createHash } from "node:crypto";
import { revocationHash, revocationsOf } from "./revocation.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest();

describe("an entry of the list", () => {
  it.each([
    ["a token", { kind: "jti", id: "Ab-1" }, "jti:Ab-1"],
    ["a login", { kind: "sid", id: "Cd-2" }, "sid:Cd-2"],
    ["a user, in lower case", { kind: "sub", id: "0190AB" }, "sub:0190ab"],
  ] as const)("is the hash of %s", (_case, entry, text) => {
    expect(revocationHash(entry)).toEqual(sha256(text));
  });

  it("concerns a token by its id, its user and its login", () => {
    const claims = { jti: "1", sub: "2", sid: "3" };
    expect(revocationsOf(claims).map(({ kind, id }) => `${kind}:${id}`)).toEqual(["jti:1", "sub:2", "sid:3"]);
    expect(revocationsOf({ jti: "1", sub: "2" })).toHaveLength(2);
  });
});
