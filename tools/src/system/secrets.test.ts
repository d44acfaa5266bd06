import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOrMintSecrets } from "./secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "shop-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("mints 256 random bits for each secret and keeps them for their owner only", async () => {
  const path = join(folder, "new.json");
  const secrets = await readOrMintSecrets(path, ["orders", "payments"]);
  const { orderServiceClient, notificationServiceClient, loadTestClient, keyEncryption, databases } = secrets;
  const all = [
    ...[orderServiceClient, notificationServiceClient, loadTestClient, keyEncryption],
    ...[databases.orders, databases.payments],
  ];
  for (const secret of all) expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(all).size).toBe(6);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await readOrMintSecrets(path, ["orders", "payments"])).toEqual(secrets);
});

test("mints what a new service needs and keeps the others", async () => {
  const path = join(folder, "grown.json");
  const before = await readOrMintSecrets(path, ["orders"]);
  const after = await readOrMintSecrets(path, ["orders", "shipping"]);
  expect(after).toEqual({
    ...before,
    databases: { ...before.databases, shipping: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
});

test.each(["{", '{"keyEncryption":"short"}', "[]"])("refuses a damaged file: %s", async (text) => {
  const path = join(folder, "damaged.json");
  writeFileSync(path, text);
  await expect(readOrMintSecrets(path, [])).rejects.toThrow(`The file ${path} is damaged: restore it, or move it away`);
});
