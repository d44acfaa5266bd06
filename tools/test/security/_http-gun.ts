import { connect, type Socket } from "node:net";

/** One answer, as it stood on the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** What came back on a connection: its answers, and whether the other side ended it. */
export interface Exchange {
  readonly answers: readonly RawAnswer[];
  readonly isClosed: boolean;
}

/** Sends bytes as they are, one request at a time, on a connection that is kept for as long as the other side keeps it. */
export interface HttpGun {
  /** Sends a request and gives its answer; undefined where the connection ended without one. */
  fire(request: Buffer, isHead: boolean): Promise<RawAnswer | undefined>;
  close(): void;
}

const limitMs = 20_000;

export function openHttpGun(address: string): HttpGun {
  let socket: Socket | undefined;

  return {
    async fire(request, isHead) {
      const mine = socket?.writable ? socket : dial(address);
      socket = undefined;
      const answer = await firstAnswer(mine, request, isHead);
      if (answer !== undefined && !endsConnection(answer)) socket = mine;
      else mine.destroy();
      return answer;
    },
    close: () => socket?.destroy(),
  };
}

/** Sends bytes on a connection of its own and reads until the other side ends it, or for `readMs`. */
export async function exchangeRaw(address: string, bytes: Buffer, readMs: number): Promise<Exchange> {
  const socket = dial(address);
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => {
    socket.once("close", resolve);
    socket.once("end", resolve);
  }).then(() => {
    isClosed = true;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, readMs);
  });
  socket.write(bytes);
  await Promise.race([ended, late]);
  clearTimeout(timer);
  socket.destroy();
  return { answers: allAnswers(Buffer.concat(chunks)), isClosed };
}

export function dial(address: string): Socket {
  const [host = "", port = ""] = address.split(":");
  const socket = connect({ host, port: Number(port), noDelay: true });
  socket.on("error", () => socket.destroy());
  return socket;
}

function firstAnswer(socket: Socket, request: Buffer, isHead: boolean): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => done(undefined), limitMs);
    const done = (answer: RawAnswer | undefined) => {
      clearTimeout(timer);
      socket.off("data", onData);
      socket.off("close", onClose);
      resolve(answer);
    };
    const onClose = () => done(readAnswer(received, isHead, true)?.answer);
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const read = readAnswer(received, isHead, false);
      if (read !== undefined) done(read.answer);
    };
    socket.on("data", onData);
    socket.once("close", onClose);
    socket.write(request);
  });
}

function endsConnection({ headers }: RawAnswer): boolean {
  const type = headers.get("content-type") ?? "";
  return headers.get("connection") === "close" || type.startsWith("text/event-stream");
}

/** All answers in what came on a connection. What is no answer counts as one of status 0. */
export function allAnswers(bytes: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const read = readAnswer(rest, false, true);
    if (read === undefined) return [...answers, { status: 0, headers: new Map(), body: rest.toString("latin1") }];
    answers.push(read.answer);
    rest = rest.subarray(read.length);
  }
  return answers;
}

function readAnswer(bytes: Buffer, isHead: boolean, isAll: boolean): { answer: RawAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  if (status === 100) return readAnswer(bytes.subarray(headEnd + 4), isHead, isAll);
  const headers = new Map(lines.map((line) => splitHeader(line)));
  const rest = bytes.subarray(headEnd + 4);
  const body = isHead || status === 204 || status === 304 ? { text: "", length: 0 } : readBody(rest, headers, isAll);
  if (body === undefined) return undefined;
  return { answer: { status, headers, body: body.text }, length: headEnd + 4 + body.length };
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function readBody(
  rest: Buffer,
  headers: ReadonlyMap<string, string>,
  isAll: boolean,
): { text: string; length: number } | undefined {
  if (headers.get("content-type")?.startsWith("text/event-stream")) return { text: "", length: rest.length };
  if (headers.get("transfer-encoding") === "chunked") return readChunks(rest);
  const length = headers.get("content-length");
  if (length === undefined) return isAll ? { text: rest.toString(), length: rest.length } : undefined;
  if (rest.length < Number(length)) return undefined;
  return { text: rest.toString("utf8", 0, Number(length)), length: Number(length) };
}

function readChunks(rest: Buffer): { text: string; length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2;
    if (rest.length < at + size + 2) return undefined;
    if (size === 0) return { text: Buffer.concat(parts).toString(), length: at + 2 };
    parts.push(rest.subarray(at, at + size));
    at += size + 2;
  }
}
