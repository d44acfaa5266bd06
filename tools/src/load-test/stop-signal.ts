import { signalEcho } from "../supervisor/signal-echo.ts";

/** Ctrl-C and its like: the first ends what runs in good order, the second kills it. */
export interface StopSignal {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** Names something that the second kills. */
  onKill(kill: () => Promise<unknown>): void;
  /** Gives the signals back. */
  release(): void;
}

/** What a program ends with that a second Ctrl-C has killed. */
const killedExitCode = 130;
const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Takes the signals until they are given back. */
export function listenForStop(say: (text: string) => void): StopSignal {
  const controller = new AbortController();
  const kills: (() => Promise<unknown>)[] = [];
  const isEcho = signalEcho();
  const onSignal = () => {
    if (isEcho()) return;
    if (!controller.signal.aborted) {
      say("\nStopping; once more kills what is left.");
      controller.abort();
    } else {
      void Promise.allSettled(kills.map((kill) => kill())).then(() => process.exit(killedExitCode));
    }
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    onKill: (kill) => void kills.push(kill),
    release: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
