/**
 * Those who wait for their turn, with a bound on how many. Turns go round the keys, so that whoever comes with many does
 * not keep out whoever comes with one; and where there is no place left, the key with the most gives up its latest.
 */
export interface FairLine<T> {
  /** Takes a place for `waiting`; gives whoever has to leave for it, which may be `waiting` itself. */
  join(key: string, waiting: T): T | undefined;
  /** Whose turn it is; undefined where nobody waits. */
  next(): T | undefined;
}

/** A line of so many places. */
export function createFairLine<T>(places: number): FairLine<T> {
  /** By key, the key whose turn is next first; no list is empty. */
  const lists = new Map<string, T[]>();
  let size = 0;

  /** Nobody is sent away for one who would then have as many places. */
  function makePlace(forKey: string): { left?: T } | undefined {
    if (size < places) return {};
    const [longestKey, longest] = longestOf(lists);
    if (longest === undefined || longest.length <= (lists.get(forKey)?.length ?? 0) + 1) return undefined;
    const left = longest.pop();
    if (longest.length === 0) lists.delete(longestKey);
    size -= 1;
    return { left };
  }

  return {
    join(key, waiting) {
      const place = makePlace(key);
      if (!place) return waiting;
      lists.set(key, [...(lists.get(key) ?? []), waiting]);
      size += 1;
      return place.left;
    },
    next() {
      const [first] = lists;
      if (!first) return undefined;
      const [key, [waiting, ...others]] = first;
      lists.delete(key);
      if (others.length > 0) lists.set(key, others);
      size -= 1;
      return waiting;
    },
  };
}

function longestOf<T>(lists: ReadonlyMap<string, T[]>): [string, T[] | undefined] {
  let found: [string, T[] | undefined] = ["", undefined];
  for (const entry of lists) if (entry[1].length > (found[1]?.length ?? 0)) found = entry;
  return found;
}
