import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

export interface LogFile {
  path: string;
  /** Opened for appending; a child writes to it directly, so its last words are kept whatever becomes of us. */
  descriptor: number;
  close(): void;
}

export interface LogFileOptions {
  /** Beyond this many bytes the content moves to `<path>.1`, whose own content is dropped. Default 10 MiB. */
  limitBytes?: number;
  /** How often the size is looked at. Default 5,000. */
  checkMs?: number;
}

/** Opens a log file whose size is bounded while it is open. */
export function openLogFile(path: string, options: LogFileOptions = {}): LogFile {
  const { limitBytes = 10 * 1024 * 1024, checkMs = 5_000 } = options;
  const descriptor = openSync(path, "a+", 0o600);
  const check = () => {
    if (fstatSync(descriptor).size > limitBytes) moveContent(descriptor, `${path}.1`);
  };
  check();
  const timer = setInterval(check, checkMs);
  timer.unref();
  return {
    path,
    descriptor,
    close() {
      clearInterval(timer);
      closeSync(descriptor);
    },
  };
}

/** The last lines of what was written behind `start`. */
export function lastLines(log: LogFile, start: number, count: number): string[] {
  const size = fstatSync(log.descriptor).size;
  const from = Math.max(start <= size ? start : 0, size - 64 * 1024);
  const buffer = Buffer.alloc(size - from);
  const length = readSync(log.descriptor, buffer, 0, buffer.length, from);
  return buffer.toString("utf8", 0, length).split("\n").filter(Boolean).slice(-count);
}

/**
 * Writers hold the descriptor open for appending, so the file is copied and emptied instead of renamed. It is done
 * without giving up the thread: only a line written between the last read and the truncation is lost.
 */
function moveContent(descriptor: number, target: string): void {
  const copy = openSync(target, "w", 0o600);
  try {
    const buffer = Buffer.alloc(1024 * 1024);
    let position = 0;
    for (;;) {
      const length = readSync(descriptor, buffer, 0, buffer.length, position);
      if (length === 0) break;
      writeSync(copy, buffer, 0, length);
      position += length;
    }
    ftruncateSync(descriptor, 0);
  } finally {
    closeSync(copy);
  }
}
