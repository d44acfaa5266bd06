import { existsSync, readFileSync } from "node:fs";
import { Verifier } from "@pact-foundation/pact";
import { formType, type HttpBoundary } from "./http-interaction.ts";
import type { ProviderState } from "./interaction.ts";
import { accountOf, descriptionsIn, pactFile, type Verification } from "./verification.ts";

/**
 * Brings about one state at the provider. What the state gave its own values to, such as a token, it answers by the example
 * that stands for it in the pact: the request that follows has the value in the example's place.
 */
export type HttpStateHandler = (params: NonNullable<ProviderState["params"]>) => Promise<Values | undefined>;

/** Real values by the examples that stand for them. */
export type Values = Readonly<Record<string, string>>;

/** Where the running provider is and how it is brought into each state. */
export interface HttpProviderOptions {
  /** The provider's address; asked for at each request, for a state may start the provider anew. */
  url(): string;
  /** By the name of the state. Each is run before its interaction, in the order of its `given`. */
  states: Readonly<Record<string, HttpStateHandler>>;
}

/**
 * Describes one test for each interaction of these boundaries, which was played against the running provider. A last one
 * claims that what was asked of the provider and found good is what the boundaries declare, no more and no less.
 */
export function verifyHttpProvider(boundaries: readonly HttpBoundary[], options: HttpProviderOptions): void {
  describe.each(boundaries)("$provider answers $consumer", ({ consumer, provider, interactions }) => {
    const file = pactFile(consumer, provider);
    let verification: HttpVerification;

    beforeAll(async () => {
      if (!existsSync(file)) throw new Error(`there is no pact ${file}: the consumer's tests write it`);
      verification = await verifyHttpPact(file, options);
    }, 60_000);

    it.each(interactions)("$request.method $request.path: $description", ({ description }) => {
      expect(verification.verified).toContain(description);
      expect(verification.faults.get(description) ?? []).toEqual([]);
    });

    it(`verifies the ${interactions.length} interactions that are declared, each once`, () => {
      const declared = interactions.map(({ description }) => description).sort();
      expect(descriptionsIn(file).sort()).toEqual(declared);
      expect(verification.verified.toSorted()).toEqual(declared);
      expect(verification.asked).toBe(declared.length);
      expect(verification.unreached).toEqual([]);
    });
  });
}

/** What came of a verification. */
export interface HttpVerification extends Omit<Verification, "played"> {
  /** How many requests reached the provider. */
  readonly asked: number;
  /** States that could not be brought about. */
  readonly unreached: readonly string[];
}

/** Plays a pact against the provider. */
export async function verifyHttpPact(file: string, { url, states }: HttpProviderOptions): Promise<HttpVerification> {
  const replay = createReplay(states);
  const verifier = new Verifier({
    get providerBaseUrl() {
      return url();
    },
    pactUrls: [file],
    logLevel: "error",
    stateHandlers: Object.fromEntries(statesOf(file).map((name) => [name, replay.handlerOf(name)])),
    requestFilter: replay.filter,
  });
  const account = await accountOf(verifier.verifyProvider());
  return { ...account, asked: replay.asked, unreached: replay.unreached };
}

/** A request as Pact's proxy has read it. */
interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  url: string;
  readonly headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

/** Pact calls a state that failed, or that nobody knows, a warning and goes on: here both are faults. */
function createReplay(states: HttpProviderOptions["states"]) {
  const unreached: string[] = [];
  let values: Values = {};
  let asked = 0;
  return {
    unreached,
    get asked() {
      return asked;
    },
    handlerOf: (name: string) => async (params: unknown) => {
      try {
        const handler = states[name];
        if (handler === undefined) throw new Error("there is no such state");
        values = { ...values, ...(await handler((params ?? {}) as NonNullable<ProviderState["params"]>)) };
      } catch (err) {
        unreached.push(`${name}: ${String(err)}`);
      }
    },
    filter(req: ProxiedRequest, _res: unknown, next: () => void) {
      if (req.path !== "/_pactSetup") {
        asked += 1;
        putValues(req, values);
        values = {};
      }
      next();
    },
  };
}

/** Puts the values in their places, and the body into the form that the proxy took it out of. */
function putValues(req: ProxiedRequest, values: Values): void {
  const put = (text: string) => Object.entries(values).reduce((sum, [from, to]) => sum.replaceAll(from, to), text);
  req.url = put(req.url);
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === "string") req.headers[name] = put(value);
  }
  const text = bodyText(req, put);
  // Of no body the proxy makes an empty object, and of that a body of unknown length.
  req.body = text === undefined ? undefined : Buffer.from(text);
  if (text !== undefined || req.method !== "GET") req.headers["content-length"] = String(Buffer.byteLength(text ?? ""));
}

function bodyText({ headers, body }: ProxiedRequest, put: (text: string) => string): string | undefined {
  if (body === undefined || headers["content-type"] === undefined) return undefined;
  if (Buffer.isBuffer(body)) return put(body.toString());
  if (!String(headers["content-type"]).startsWith(formType)) return put(JSON.stringify(body));
  const fields = Object.entries(body as Record<string, string>).map(([name, value]): [string, string] => [
    name,
    put(value),
  ]);
  return new URLSearchParams(fields).toString();
}

/** The names of the states that a pact wants. */
function statesOf(file: string): string[] {
  const pact = JSON.parse(readFileSync(file, "utf8")) as { interactions: { providerStates?: { name: string }[] }[] };
  return [...new Set(pact.interactions.flatMap(({ providerStates = [] }) => providerStates.map(({ name }) => name)))];
}
