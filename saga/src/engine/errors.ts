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

/** There is no such saga. */
export class SagaNotFoundError extends Error {
  override readonly name = "SagaNotFoundError";

  constructor(sagaId: string) {
    super(`there is no saga ${sagaId}`);
  }
}

/** The saga has ended: nothing of it changes any more (D5). */
export class SagaEndedError extends Error {
  override readonly name = "SagaEndedError";

  constructor(sagaId: string) {
    super(`saga ${sagaId} has ended`);
  }
}

/** The saga has been turned round already, or is about to be. */
export class SagaCompensatingError extends Error {
  override readonly name = "SagaCompensatingError";

  constructor(sagaId: string) {
    super(`saga ${sagaId} is being compensated already`);
  }
}

/** The rules do not allow what an operator asks for, now or ever; the message says why, for a person. */
export class InterventionRefusedError extends Error {
  override readonly name = "InterventionRefusedError";

  constructor(sagaId: string, reason: string) {
    super(`saga ${sagaId}: ${reason}`);
  }
}
