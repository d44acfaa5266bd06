/** A source of chance that says the same again for the same seed. */
export interface Dice {
  readonly seed: number;
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number;
  /** True in one of `times` cases. */
  oneIn(times: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
}

const usualSeed = 20_261_121;

/**
 * The seed of this run: SECURITY_SEED where it is set, else always the same, so that a change is judged by what it
 * changes. New ones are tried every night. A failure names its seed, so that it can be had again.
 */
export function seedOfRun(): number {
  const given = Number(process.env.SECURITY_SEED);
  return Number.isInteger(given) && given > 0 ? given : usualSeed;
}

/** How many attacks: SECURITY_COUNT where it is set, else `usual`. */
export function countOfRun(usual: number): number {
  const given = Number(process.env.SECURITY_COUNT);
  return Number.isInteger(given) && given > 0 ? given : usual;
}

/** Creates dice (mulberry32). */
export function createDice(seed: number): Dice {
  let state = seed | 0;

  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (limit: number) => Math.floor(next() * limit);
  return {
    seed,
    below,
    oneIn: (times) => below(times) === 0,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
