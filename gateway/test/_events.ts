/** One event of a stream as the HTML standard reads it; a comment is an event of type ":". */
export interface SeenEvent {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever JSON came back.
  readonly data?: any;
}

/** A stream of events that is read one by one. */
export interface EventReader {
  readonly res: Response;
  /** The next event, or undefined when the stream has ended. */
  next(): Promise<SeenEvent | undefined>;
  /** All events until the stream ends. */
  rest(): Promise<SeenEvent[]>;
  /** Goes away without reading further. */
  leave(): void;
}

/** Asks for a stream of events. */
export async function openEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const gone = new AbortController();
  const res = await fetch(url, { headers, signal: gone.signal });
  const blocks = blocksOf(res);
  const reader: EventReader = {
    res,
    async next() {
      const { value, done } = await blocks.next();
      return done ? undefined : toEvent(value);
    },
    async rest() {
      const events: SeenEvent[] = [];
      for (let event = await reader.next(); event !== undefined; event = await reader.next()) events.push(event);
      return events;
    },
    leave: () => gone.abort(),
  };
  return reader;
}

async function* blocksOf(res: Response): AsyncGenerator<string, void> {
  let text = "";
  for await (const part of (res.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(part).toString();
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    yield* blocks;
  }
}

function toEvent(block: string): SeenEvent {
  if (block.startsWith(":")) return { type: ":" };
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
  if (fields.retry !== undefined) return { type: "retry", data: Number(fields.retry) };
  return { type: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}
