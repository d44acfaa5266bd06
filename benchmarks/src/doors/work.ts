/** What a load asks for. */
export type Ask =
  | HttpAsk
  /** The same over gRPC as over REST. */
  | { readonly kind: "grpc"; readonly address: string; readonly token: string; readonly order: "create" | "get" }
  /** Each caller logs in once, and refreshes with what the last refresh gave. */
  | { readonly kind: "refresh"; readonly url: string }
  /** Ever new names from ever new addresses, so that each is hashed; who is refused comes again after a while. */
  | { readonly kind: "wrong-login"; readonly url: string };

/** One HTTP request, over a connection that stays open. */
export interface HttpAsk {
  readonly kind: "http";
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Any other answer ends the measurement. */
  readonly status: number;
}

/** What a load does for a while: callers who wait for their answers, or a request every so often, whatever is under way. */
export interface Work {
  readonly ask: Ask;
  /** When it ends, whatever `requests` says. */
  readonly durationMs: number;
  readonly pace: { readonly callers: number; readonly requests?: number } | { readonly everyMs: number };
}

/** What came of it. */
export interface Done {
  readonly latenciesMs: readonly number[];
  readonly statuses: Readonly<Record<number, number>>;
}

/** What goes to the process of a load, and what comes back. */
export type ToLoad = { readonly id: number; readonly work: Work };
export type FromLoad = { readonly id: number; readonly done: Done } | { readonly id: number; readonly fault: string };
