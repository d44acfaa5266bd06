/** npm is quicker than any hand. */
const echoMs = 500;

/**
 * Tells the echo of a signal: of a Ctrl-C the terminal tells every process before it, and npm, which is one of them, tells
 * its child once more. Whoever takes the second signal for an order to kill needs to know.
 */
export function signalEcho(now: () => number = () => performance.now()): () => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const isEcho = now() - last < echoMs;
    if (!isEcho) last = now();
    return isEcho;
  };
}
