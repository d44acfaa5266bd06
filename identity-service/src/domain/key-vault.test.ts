import { KeyLockedError, lockPrivateKey, unlockPrivateKey } from "./key-vault.ts";
import { newSigningKey } from "./signing-key.ts";

const secret = "a-secret-that-is-long-enough-for-it";

describe("the key vault", () => {
  it.each([[undefined], [secret]])("gives back what was put into it (secret: %s)", async (given) => {
    const { kid, signWith: privateKey } = await newSigningKey("ES256");
    const stored = JSON.parse(JSON.stringify(await lockPrivateKey(kid, privateKey, given)));
    expect((await unlockPrivateKey(kid, stored, given)).equals(privateKey)).toBe(true);
  });

  it("stores nothing readable where there is a secret", async () => {
    const { kid, signWith: privateKey } = await newSigningKey("ES256");
    const stored = JSON.stringify(await lockPrivateKey(kid, privateKey, secret));
    expect(stored).not.toContain(String(privateKey.export({ format: "jwk" }).d));
    expect(stored).not.toContain("pkcs8");
  });

  it("opens with no other secret, for no other key and for no changed text", async () => {
    const { kid, signWith: privateKey } = await newSigningKey("ES256");
    const stored = await lockPrivateKey(kid, privateKey, secret);
    const ciphertext = "ciphertext" in stored ? stored.ciphertext : "";
    const changed = { ...stored, ciphertext: `${ciphertext.startsWith("A") ? "B" : "A"}${ciphertext.slice(1)}` };

    await expect(unlockPrivateKey(kid, stored, undefined)).rejects.toThrow(KeyLockedError);
    await expect(unlockPrivateKey(kid, stored, `${secret}!`)).rejects.toThrow(KeyLockedError);
    await expect(unlockPrivateKey("another", stored, secret)).rejects.toThrow(KeyLockedError);
    await expect(unlockPrivateKey(kid, changed as typeof stored, secret)).rejects.toThrow(KeyLockedError);
  });
});
