import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { lockPrivateKey } from "../domain/key-vault.ts";
import { newSigningKey } from "../domain/signing-key.ts";
import { createEvents } from "../events.ts";
import type { Pool } from "../store/pool.ts";
import { followKeys } from "./follow-keys.ts";

let nowMs = 0;
let answer: () => Promise<{ rows: object[] }>;

/** The keys of a database that has one, as long as the test says so. */
async function setUp() {
  const { kid, signWith } = await newSigningKey("ES256");
  const at = new Date();
  const row = { kid, alg: "ES256", status: "current", created_at: at, activates_at: at, retires_at: null };
  const rows = [{ ...row, private_key: await lockPrivateKey(kid, signWith, undefined) }];
  answer = async () => ({ rows });
  const keys = followKeys({
    pool: { query: () => answer() } as unknown as Pool,
    secret: undefined,
    events: createEvents(createMetrics("test"), silentLog()),
    monotonicMs: () => nowMs,
  });
  await keys.start();
  return { keys, kid, rows };
}

it("signs with what was read for ten seconds, and not later: another key may be the current one by then", async () => {
  const { keys, kid, rows } = await setUp();
  try {
    answer = () => Promise.reject(new Error("away"));
    nowMs += 10_000;
    await keys.refresh();
    expect(keys.current().kid).toBe(kid);
    nowMs += 1;
    expect(() => keys.current()).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
    expect(keys.find(kid)).toBeDefined();
    expect(JSON.parse(keys.jwks().body).keys).toHaveLength(1);

    answer = async () => ({ rows });
    await keys.refresh();
    expect(keys.current().kid).toBe(kid);
  } finally {
    await keys.close();
  }
});

it("signs with no key that the database does not have any more", async () => {
  const { keys, kid } = await setUp();
  try {
    answer = async () => ({ rows: [] });
    await keys.refresh();
    expect(() => keys.current()).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
    expect(keys.find(kid)).toBeUndefined();
  } finally {
    await keys.close();
  }
});

it("gives the same list and the same document until the keys change", async () => {
  const { keys } = await setUp();
  try {
    const [publicKeys, document] = [keys.publicKeys(), keys.jwks()];
    await keys.refresh();
    expect(keys.publicKeys()).toBe(publicKeys);
    expect(keys.jwks()).toBe(document);
  } finally {
    await keys.close();
  }
});
