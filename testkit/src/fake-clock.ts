/** A clock that stands still until a test moves it. It fits every Clock port that has these members. */
export class FakeClock {
  #now = 1_000_000;
  #timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  timestamp(): string {
    return new Date(this.#now).toISOString();
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Runs `callback` once after `delayMs`, unless the returned function is called first. */
  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets `ms` pass: everything that falls due happens in its order, with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  /** Advances in small steps until `isTrue`, for `limitMs` at most. */
  async until(isTrue: () => boolean, limitMs: number): Promise<void> {
    for (let waited = 0; !isTrue(); waited += 100) {
      if (waited > limitMs) throw new Error(`not within ${limitMs} ms`);
      await this.advance(100);
    }
  }
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
