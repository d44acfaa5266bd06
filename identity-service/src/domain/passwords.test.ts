import { parseOptions } from "@node-rs/argon2";
import { createPasswords, owaspCost, type PasswordCost } from "./passwords.ts";

const cheap = { memoryKib: 8, passes: 1, concurrency: 2, queue: 10 };

describe("createPasswords", () => {
  it("hashes with argon2id at the given cost, each time with another salt", async () => {
    const passwords = await createPasswords({ ...owaspCost, concurrency: 2, queue: 10 });
    const [one, other] = await Promise.all([passwords.hash("secret"), passwords.hash("secret")]);

    expect(one).toMatch(/^\$argon2id\$/);
    expect(parseOptions(one ?? "")).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    expect(one).not.toBe(other);
  });

  it("knows the right password from a wrong one", async () => {
    const passwords = await createPasswords(cheap);
    const stored = await passwords.hash("pässword");
    expect(await passwords.verify(stored, "pässword")).toBe(true);
    expect(await passwords.verify(stored, "password")).toBe(false);
  });

  it("takes the several ways to write a character for one", async () => {
    const passwords = await createPasswords(cheap);
    expect(await passwords.verify(await passwords.hash("p\u00e4ssword"), "pa\u0308ssword")).toBe(true);
  });

  it("knows which hashes were made with less work", async () => {
    const passwords = await createPasswords({ ...cheap, memoryKib: 16 });
    const stored = await passwords.hash("secret");
    expect(passwords.isOutdated(stored)).toBe(false);
    expect((await createPasswords({ ...cheap, memoryKib: 17 })).isOutdated(stored)).toBe(true);
    expect((await createPasswords({ ...cheap, memoryKib: 16, passes: 2 })).isOutdated(stored)).toBe(true);
    expect((await createPasswords({ ...cheap, memoryKib: 8, passes: 2 })).isOutdated(stored)).toBe(false);
  });

  it("says no where there is no user, after about as long as for a wrong password", async () => {
    await expectSameTime(cost, cost);
  });

  it("takes as long for a user whose hash was made with less work, who has not logged in since it was raised", async () => {
    await expectSameTime({ ...cost, memoryKib: cost.memoryKib / 8 }, cost);
  });

  it("takes as long where the usual hash was made with more work, before that was lowered", async () => {
    await expectSameTime(cost, { ...cost, memoryKib: cost.memoryKib / 8 });
  });
});

const cost = { memoryKib: 4_096, passes: 2, concurrency: 1, queue: 10 };

/**
 * Of a wrong password and of nobody's, where hashes are stored at one cost and made at another; by turns. It is the time of
 * the processor that is compared, of all threads: the clock also tells who else works on the machine, and how long a hash
 * waited for its turn there.
 */
async function expectSameTime(stored: PasswordCost, today: PasswordCost): Promise<void> {
  const usualHash = await (await createPasswords(stored)).hash("secret");
  const passwords = await createPasswords(today, usualHash);
  const timeOf = async (hash: string | undefined) => {
    const from = process.cpuUsage();
    expect(await passwords.verify(hash, "wrong")).toBe(false);
    const { user, system } = process.cpuUsage(from);
    return user + system;
  };
  const times: { known: number; unknown: number }[] = [];
  for (let round = 0; round < 15; round += 1) {
    times.push({ known: await timeOf(usualHash), unknown: await timeOf(undefined) });
  }
  const medianOf = (who: "known" | "unknown") => times.map((time) => time[who]).sort((a, b) => a - b)[7] ?? 0;

  const [known, unknown] = [medianOf("known"), medianOf("unknown")];
  expect(unknown).toBeGreaterThan(known / 3);
  expect(unknown).toBeLessThan(known * 3);
}
