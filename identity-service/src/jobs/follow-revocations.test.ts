import { randomBytes } from "node:crypto";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import type { Queryable } from "@shop/platform/postgres";
import { createEvents } from "../events.ts";
import { followRevocations } from "./follow-revocations.ts";

it("adds what is new at each reading, and lets go of what has expired every thirty seconds", async () => {
  let nowMs = 0;
  let hashes: Buffer[] = [randomBytes(32), randomBytes(32)];
  const db = { query: async () => ({ rows: [{ hashes, position: "7" }] }) } as unknown as Queryable;
  const events = createEvents(createMetrics("test"), silentLog());
  const revocations = followRevocations({ db, events, everyMs: 60_000, monotonicMs: () => nowMs });
  await revocations.start();
  try {
    const [, kept] = hashes;
    hashes = [kept as Buffer];
    nowMs = 29_999;
    await revocations.refresh();
    expect(revocations.entries().size).toBe(2);
    nowMs = 30_000;
    await revocations.refresh();
    expect([...revocations.entries()]).toEqual([kept?.toString("base64url")]);
    expect(JSON.parse(revocations.document().body).revoked).toHaveLength(1);
  } finally {
    await revocations.close();
  }
});
