import type { Canary } from "./_canaries.ts";
import { tokenCanaries } from "./_canaries.ts";
import type { Doors } from "./_doors.ts";
import type { Passage } from "./_places.ts";
import type { GrpcAnswer, RawMetadata } from "./_raw-grpc.ts";
import type { HttpAnswer, HttpRequest } from "./_raw-http.ts";
import type { GrpcDoor } from "./_rpcs.ts";

/** Sends requests, and keeps every answer that is not the caller's own order or tokens. */
export interface Recorder {
  readonly passages: readonly Passage[];
  /** The tokens that identity has given meanwhile. */
  readonly tokens: readonly Canary[];
  rest(path: string, request: HttpRequest): Promise<HttpAnswer>;
  identity(path: string, request: HttpRequest): Promise<HttpAnswer>;
  call(path: string, metadata: RawMetadata, request: Uint8Array, door?: GrpcDoor): Promise<GrpcAnswer>;
  /** Keeps what was answered with success too, under a name of its own. */
  keep(where: string, answer: HttpAnswer | GrpcAnswer): void;
  /** Notes tokens that must be found nowhere from now on. */
  note(name: string, body: Readonly<Record<string, unknown>>): void;
}

export function createRecorder(doors: Doors): Recorder {
  const passages: Passage[] = [];
  const tokens: Canary[] = [];
  const keep = (where: string, answer: HttpAnswer | GrpcAnswer) => {
    passages.push({ where: `answer of ${where}`, text: textOf(answer) });
  };

  function http(name: string, send: Doors["rest"]): Doors["rest"] {
    return async (path, request) => {
      const answer = await send(path, request);
      if (answer.status >= 400) keep(`${name} to ${request.method}, ${answer.status}`, answer);
      return answer;
    };
  }

  return {
    passages,
    tokens,
    keep,
    rest: http("the gateway", doors.rest),
    identity: http("identity", doors.identity),
    async call(path, metadata, request, door) {
      const answer = await doors.call(path, metadata, request, door);
      if (answer.code !== "OK") keep(`${path}, ${answer.code}`, answer);
      return answer;
    },
    note(name, body) {
      for (const kind of ["access_token", "refresh_token"] as const) {
        const token = body[kind];
        if (typeof token === "string") tokens.push(...tokenCanaries(`${name}'s ${kind}`, token));
      }
    },
  };
}

/** Everything of an answer: what is encoded in its trailers as bytes is shown as text too. */
function textOf(answer: HttpAnswer | GrpcAnswer): string {
  if ("status" in answer) return [...answer.headers, answer.body].join("\n");
  const trailers = answer.metadata.map((entry) => Buffer.from(entry.split(": ")[1] ?? "", "base64").toString("latin1"));
  const messages = answer.messages.map((message) => message.toString("latin1"));
  return [answer.code, answer.message, ...answer.metadata, ...trailers, ...messages].join("\n");
}
