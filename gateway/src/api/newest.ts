/** Holds the newest of the values that came in since one was taken; it never holds more than one. */
export interface Newest<T> {
  /** Puts a value in the place of the one that is held. */
  put(value: T): void;
  /** No more values come; `err` is why, where that is not as it should be. */
  end(err?: unknown): void;
  /**
   * The value that is held, once there is one; "nothing" where there is none within `limitMs`; "end" where none will
   * come. Throws what it was ended with. Only one may wait.
   */
  take(limitMs: number): Promise<Taken<T>>;
}

/** What was there to be taken. */
export type Taken<T> = { readonly kind: "value"; readonly value: T } | { readonly kind: "nothing" | "end" };

/** Creates a place for one value between somebody who cannot wait and somebody who may be slow. */
export function createNewest<T>(): Newest<T> {
  let held: { readonly value: T } | undefined;
  let ended: { readonly err: unknown } | undefined;
  let wake: () => void = () => undefined;
  return {
    put(value) {
      if (ended === undefined) held = { value };
      wake();
    },
    end(err) {
      ended ??= { err };
      wake();
    },
    async take(limitMs) {
      if (held === undefined && ended === undefined) await sleep(limitMs);
      if (held !== undefined) {
        const { value } = held;
        held = undefined;
        return { kind: "value", value };
      }
      if (ended === undefined) return { kind: "nothing" };
      if (ended.err !== undefined) throw ended.err;
      return { kind: "end" };
    },
  };

  function sleep(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
