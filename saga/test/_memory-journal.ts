import type { FakeClock } from "@shop/testkit/fake-clock";
import type { DeadLetterStatus } from "../src/decision/dead-letter.ts";
import type { Progress } from "../src/decision/saga-state.ts";
import { isFinal, type Journal, type SagaSnapshot } from "../src/index.ts";
import type { Claim, ClaimedSaga, JournalLetter, StoredSaga } from "../src/journal.ts";
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

/** A dead letter as it stands. */
interface Letter {
  readonly status: DeadLetterStatus;
  readonly attempts: number;
  readonly lastError: string;
  readonly request: Readonly<Record<string, unknown>>;
}

/** What survives a process: the journal's rows, and what has become of them. */
export class MemoryDatabase {
  readonly rows = new Map<string, Row>();
  readonly beats = new Map<string, { at: number; unbrokenSince: number }>();
  readonly deadLetters = new Map<string, Letter>();
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

  /** What the real one reads has been through JSON. */
  function stored({
    saga,
    progress,
    clean,
    epoch,
    seq,
    parkedAt,
    createdAt,
    definition,
    owner,
  }: Row): StoredSaga<Trip> {
    const copy = JSON.parse(JSON.stringify({ saga, progress })) as Pick<StoredSaga<Trip>, "saga" | "progress">;
    const parkedForMs = parkedAt === undefined ? undefined : clock.now() - parkedAt;
    const isParked = owner === undefined && parkedAt !== undefined ? true : undefined;
    const rest = { clean, epoch, seq, ageMs: clock.now() - createdAt, parkedForMs, definition };
    return { ...copy, ...rest, saga: { ...copy.saga, isParked } };
  }

  function keep(letter: JournalLetter): void {
    const earlier = database.deadLetters.get(letter.step);
    if (letter.kind === "left") {
      const lastError = letter.lastError || (earlier?.lastError ?? "");
      database.deadLetters.set(letter.step, { ...letter, lastError });
    } else if (earlier && earlier.status !== "WorkedOff") {
      database.deadLetters.set(letter.step, { ...earlier, status: letter.status });
    }
  }

  function claimWhere({ owner, limit, definitions }: Claim, isClaimed: (row: Row) => boolean, isClean: boolean) {
    const claimed: ClaimedSaga<Trip>[] = [];
    for (const row of rows.values()) {
      if (claimed.length >= limit || !isOpen(row) || !definitions.includes(row.definition) || !isClaimed(row)) continue;
      Object.assign(row, { owner, epoch: row.epoch + 1, clean: row.clean && isClean, dueAt: undefined });
      claimed.push(stored(row));
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
      for (const letter of deadLetters) keep(letter);
      database.log.push(`${saga.status}@${seq}`);
      return "written";
    },
    claimDue: async (claim) =>
      claimWhere(
        claim,
        (row) => row.owner === undefined && (row.dueAt ?? Number.POSITIVE_INFINITY) <= clock.now(),
        true,
      ),
    claimLost: async (claim, staleMs, gapMs) => {
      const own = beats.get(claim.owner);
      const freshAfter = clock.now() - staleMs;
      if (!own || own.at <= clock.now() - gapMs || own.unbrokenSince > freshAfter) return [];
      return claimWhere(
        claim,
        ({ owner }) =>
          owner !== undefined && owner !== claim.owner && (beats.get(owner)?.at ?? 0) < clock.now() - staleMs,
        false,
      );
    },
    claimOwn: async (claim, held, olderThanMs) =>
      claimWhere(
        claim,
        (row) => row.owner === claim.owner && !held.includes(row.saga.id) && row.createdAt < clock.now() - olderThanMs,
        false,
      ),
    inspect: async (id) => {
      const row = rows.get(id);
      return row && stored(row);
    },
    takeOver: async ({ saga, progress, epoch, seq, parkedForMs, deadLetters }) => {
      const row = rows.get(saga.id);
      if (!row || row.epoch !== epoch || row.seq !== seq || !isOpen(row)) return false;
      const clean = row.clean && row.owner === undefined;
      Object.assign(row, {
        saga: { ...saga, data: row.saga.data },
        progress,
        clean,
        epoch: epoch + 1,
        owner: undefined,
      });
      row.dueAt = clock.now();
      row.parkedAt = parkedForMs === undefined ? undefined : clock.now() - parkedForMs;
      for (const letter of deadLetters) keep(letter);
      return true;
    },
    read: async (ids) =>
      ids.flatMap((id) => {
        const row = rows.get(id);
        return row ? stored(row).saga : [];
      }),
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
    beat: async (owner, gapMs) => {
      const last = beats.get(owner);
      const isBroken = !last || last.at < clock.now() - gapMs;
      beats.set(owner, { at: clock.now(), unbrokenSince: isBroken ? clock.now() : last.unbrokenSince });
    },
    retire: async (owner) => {
      beats.delete(owner);
    },
    close: async () => {},
  };
}
