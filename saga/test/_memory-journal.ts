import type { FakeClock } from "@shop/testkit/fake-clock";
import type { DeadLetter, Progress } from "../src/decision/saga-state.ts";
import { isFinal, type Journal, type SagaSnapshot } from "../src/index.ts";
import type { Claim, ClaimedSaga } from "../src/journal.ts";
import type { Trip } from "./_trip.ts";

interface Row {
  saga: SagaSnapshot<Trip>;
  progress: Progress;
  owner: string | undefined;
  definition: string;
  clean: boolean;
  epoch: number;
  seq: number;
  dueAt: number | undefined;
  parkedAt: number | undefined;
  createdAt: number;
}

/** What survives a process: the journal's rows, and what has become of them. */
export class MemoryDatabase {
  readonly rows = new Map<string, Row>();
  readonly beats = new Map<string, number>();
  readonly deadLetters = new Map<string, DeadLetter>();
  /** What was written, in order: `status@seq`. */
  readonly log: string[] = [];

  /** The only row there is. */
  get row(): Row {
    const [row] = this.rows.values();
    if (!row) throw new Error("no saga");
    return row;
  }
}

/** A journal with the rules of the real one, in memory. */
export function memoryJournal(database: MemoryDatabase, clock: FakeClock): Journal<Trip, undefined> {
  const { rows, beats } = database;
  const isOpen = (row: Row): boolean => !isFinal(row.saga.status);

  function claimWhere({ owner, limit, definitions }: Claim, isClaimed: (row: Row) => boolean, isClean: boolean) {
    const claimed: ClaimedSaga<Trip>[] = [];
    for (const row of rows.values()) {
      if (claimed.length >= limit || !isOpen(row) || !definitions.includes(row.definition) || !isClaimed(row)) continue;
      Object.assign(row, { owner, epoch: row.epoch + 1, clean: row.clean && isClean, dueAt: undefined });
      const { saga, progress, clean, epoch, seq } = row;
      const parkedForMs = row.parkedAt === undefined ? undefined : clock.now() - row.parkedAt;
      // What the real one reads has been through JSON.
      const copy = JSON.parse(JSON.stringify({ saga, progress })) as Pick<ClaimedSaga<Trip>, "saga" | "progress">;
      claimed.push({ ...copy, clean, epoch, seq, ageMs: clock.now() - row.createdAt, parkedForMs });
    }
    return claimed;
  }

  return {
    insert: async (intent, owner, definition) => {
      const earlier = rows.get(intent.sagaId);
      if (earlier) return earlier.owner === owner && earlier.epoch === 1 ? "created" : "conflict";
      const { sagaId: id, key, data } = intent;
      if ([...rows.values()].some((row) => row.saga.key === key)) return "conflict";
      const progress = { calls: {}, undone: [], parks: 0, writer: "" };
      const saga = { id, key, status: "Started", currentStep: "", history: [], data } as const;
      const fresh = { clean: true, epoch: 1, seq: 0, dueAt: undefined, parkedAt: undefined, createdAt: clock.now() };
      rows.set(id, { saga, progress, owner, definition, ...fresh });
      return "created";
    },
    write: async ({ saga, progress, epoch, seq, dueInMs, parkedForMs, deadLetters }) => {
      const row = rows.get(saga.id);
      if (!row || row.epoch !== epoch) return "replaced";
      if (seq <= row.seq || !isOpen(row)) return "written";
      Object.assign(row, { saga, progress, seq });
      row.dueAt = dueInMs === undefined ? undefined : clock.now() + dueInMs;
      row.parkedAt = parkedForMs === undefined ? undefined : clock.now() - parkedForMs;
      if (dueInMs !== undefined || isFinal(saga.status)) row.owner = undefined;
      for (const letter of deadLetters) database.deadLetters.set(letter.step, letter);
      database.log.push(`${saga.status}@${seq}`);
      return "written";
    },
    claimDue: async (claim) =>
      claimWhere(
        claim,
        (row) => row.owner === undefined && (row.dueAt ?? Number.POSITIVE_INFINITY) <= clock.now(),
        true,
      ),
    claimLost: async (claim, staleMs) =>
      claimWhere(
        claim,
        ({ owner }) => owner !== undefined && owner !== claim.owner && (beats.get(owner) ?? 0) < clock.now() - staleMs,
        false,
      ),
    claimOwn: async (claim, held, olderThanMs) =>
      claimWhere(
        claim,
        (row) => row.owner === claim.owner && !held.includes(row.saga.id) && row.createdAt < clock.now() - olderThanMs,
        false,
      ),
    read: async (ids) => ids.flatMap((id) => rows.get(id)?.saga ?? []),
    wake: async (names) => {
      for (const row of rows.values()) {
        if (row.dueAt !== undefined && names.includes(row.saga.currentStep)) row.dueAt = clock.now();
      }
    },
    backlog: async (definitions) => ({
      parked: [...rows.values()].filter(({ saga }) => saga.status === "Parked").length,
      oldestParkedSeconds: 0,
      unknownDefinition: [...rows.values()].filter((row) => isOpen(row) && !definitions.includes(row.definition))
        .length,
    }),
    beat: async (owner) => {
      beats.set(owner, clock.now());
    },
    retire: async (owner) => {
      beats.delete(owner);
    },
    close: async () => {},
  };
}
