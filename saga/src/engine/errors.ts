/** Too many sagas are in flight; nothing was written. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
  /** When it is worth trying again. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super("too many sagas in flight");
    this.retryAfterMs = retryAfterMs;
  }
}

/** The engine is shutting down and takes no new saga; nothing was written. */
export class ClosingError extends Error {
  override readonly name = "ClosingError";

  constructor() {
    super("the saga engine is shutting down");
  }
}
