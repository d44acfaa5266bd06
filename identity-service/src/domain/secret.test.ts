import { hashSecret, isSameSecret, newSecret } from "./secret.ts";

describe("secrets", () => {
  it("have 256 random bits", () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(new Set(secrets).size).toBe(100);
    expect(secrets.every((secret) => Buffer.from(secret, "base64url").length === 32)).toBe(true);
  });

  it("are told from others by their hash", () => {
    const secret = newSecret();
    expect(isSameSecret(secret, hashSecret(secret))).toBe(true);
    expect(isSameSecret(newSecret(), hashSecret(secret))).toBe(false);
    expect(isSameSecret("", hashSecret(secret))).toBe(false);
    expect(isSameSecret(secret, Buffer.alloc(0))).toBe(false);
  });
});
