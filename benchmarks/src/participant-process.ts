import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** The participants of the race, in a process of their own. */
export interface ParticipantProcess {
  /** Where all three of them listen. */
  readonly address: string;
  /** The processor time that the process has used so far, in milliseconds. */
  cpuMs(): Promise<number>;
  close(): void;
}

const answerLimitMs = 30_000;

/** Starts the participants. */
export async function startParticipants(): Promise<ParticipantProcess> {
  const child = fork(new URL("participants.ts", import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const { port } = await answerOf<{ port: number }>(child);
  return {
    address: `127.0.0.1:${port}`,
    async cpuMs() {
      const answer = answerOf<{ cpuMicros: number }>(child);
      child.send("cpu");
      return (await answer).cpuMicros / 1000;
    },
    close: () => child.disconnect(),
  };
}

/** The next thing that it says. */
async function answerOf<Message>(child: ChildProcess): Promise<Message> {
  try {
    const [message] = await once(child, "message", { signal: AbortSignal.timeout(answerLimitMs) });
    return message;
  } catch (err) {
    child.kill();
    throw new Error("the participants do not answer", { cause: err });
  }
}
