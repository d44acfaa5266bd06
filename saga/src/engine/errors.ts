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

/** The engine has not reached its journal for so long that another process may take what it holds; nothing was written. */
export class StaleError extends Error {
  override readonly name = "StaleError";

  constructor() {
    super("the saga engine has lost touch with its journal");
  }
}

/** The engine is shutting down and takes no new saga; nothing was written. */
export class ClosingError extends Error {
  override readonly name = "ClosingError";

  constructor() {
    super("the saga engine is shutting down");
  }
}
