import type { ServiceTokens } from "@shop/platform/auth";
import { aliceId, bobId, createTestIdentity, type TestIdentity } from "@shop/testkit/identity";
import { createRecipients, type Recipients } from "../../src/clients/recipients.ts";

const { signal } = new AbortController();
const alice = { name: "alice", email: "alice@example.com" };

let identity: TestIdentity;
let recipients: Recipients;
let nowMs: number;
beforeAll(async () => {
  identity = await createTestIdentity();
});
beforeEach(() => {
  nowMs = 0;
  const tokens: ServiceTokens = {
    get: () => identity.serviceToken({ scopes: ["profiles"] }),
    renew: () => undefined,
    close: async () => undefined,
  };
  recipients = createRecipients(identity.url, tokens, { now: () => nowMs });
});
afterAll(() => identity.close());

it("is asked for once in ten seconds, and writes to nobody for longer after they are gone", async () => {
  const reads = jest.spyOn(identity.profiles, "get");
  const profile = identity.profiles.get(aliceId);
  for (let turn = 0; turn < 3; turn++) expect(await recipients.find(aliceId, signal)).toEqual(alice);
  expect(reads).toHaveBeenCalledTimes(2);
  identity.profiles.delete(aliceId);
  nowMs = 9999;
  expect(await recipients.find(aliceId, signal)).toEqual(alice);
  nowMs = 10_000;
  expect(await recipients.find(aliceId, signal)).toBeUndefined();
  if (profile) identity.profiles.set(aliceId, profile);
  expect(await recipients.find(aliceId, signal)).toEqual(alice);
  reads.mockRestore();
});

it("is nobody without an e-mail address, and is asked for again", async () => {
  const get = jest.spyOn(identity.profiles, "get").mockReturnValue({ name: "bob", email: "" } as never);
  expect(await recipients.find(bobId, signal)).toBeUndefined();
  get.mockRestore();
  expect(await recipients.find(bobId, signal)).toMatchObject({ name: "bob" });
});

it("that has no form that is known is no answer, and is asked for again", async () => {
  const get = jest.spyOn(identity.profiles, "get").mockReturnValue([] as never);
  await expect(recipients.find(bobId, signal)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  get.mockRestore();
  expect(await recipients.find(bobId, signal)).toMatchObject({ name: "bob" });
});

it("forgets the first of more than a thousand", async () => {
  const reads = jest.spyOn(identity.profiles, "get").mockImplementation(() => alice as never);
  const userId = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
  for (let number = 0; number <= 1000; number++) await recipients.find(userId(number), signal);
  reads.mockClear();
  await recipients.find(userId(1), signal);
  expect(reads).not.toHaveBeenCalled();
  await recipients.find(userId(0), signal);
  expect(reads).toHaveBeenCalledTimes(1);
  reads.mockRestore();
});
