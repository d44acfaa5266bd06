import { readFileSync } from "node:fs";
import { Verifier } from "@pact-foundation/pact";
import { formType, type HttpBoundary } from "./http-interaction.ts";
import { pactFile, pactFolder } from "./http-pact.ts";
import type { ProviderState } from "./interaction.ts";

/**
 * Brings about one state at the provider. What the state gave its own values to, such as a token, it answers by the example
 * that stands for it in the pact: the request that follows has the value in the example's place.
 */
export type HttpStateHandler = (params: NonNullable<ProviderState["params"]>) => Promise<Values | undefined>;

/** Real values by the examples that stand for them. */
export type Values = Readonly<Record<string, string>>;

/** Where the running provider is and how it is brought into each state. */
export interface HttpProviderOptions {
  /** The provider's address; asked for when the tests run. */
  url(): string;
  /** By the name of the state. Each is run before its interaction, in the order of its `given`. */
  states: Readonly<Record<string, HttpStateHandler>>;
}

/**
 * Describes one test for each interaction of these boundaries, which was played against the running provider. A last one
 * claims that what was asked of the provider and found good is what the boundaries declare, no more and no less.
 */
export function verifyHttpProvider(boundaries: readonly HttpBoundary[], options: HttpProviderOptions): void {
  describe.each(boundaries)("the contract with $consumer", (boundary) => {
    let verified: Verified;

    beforeAll(async () => {
      verified = await verifyBoundary(boundary, options);
    }, 60_000);

    it.each(boundary.interactions)("$description", ({ description }) => {
      expect(verified.results.get(description)).toBe("OK");
    });

    it("is verified as a whole", () => {
      const declared = boundary.interactions.map(({ description }) => description).sort();
      expect([...verified.results.keys()].sort()).toEqual(declared);
      expect(verified.asked).toBe(declared.length);
      expect(verified.faults).toEqual([]);
    });
  });
}

/** What came of a verification. */
export interface Verified {
  /** By the description of the interaction: "OK", or what was wrong. */
  readonly results: ReadonlyMap<string, string>;
  /** How many requests reached the provider. */
  readonly asked: number;
  /** States that could not be brought about. */
  readonly faults: readonly string[];
}

/** Plays a boundary's pact against the provider. */
export async function verifyBoundary(
  boundary: HttpBoundary,
  { url, states }: HttpProviderOptions,
  folder = pactFolder,
): Promise<Verified> {
  const file = pactFile(boundary, folder);
  const replay = createReplay(states);
  const verifier = new Verifier({
    provider: boundary.provider,
    providerBaseUrl: url(),
    pactUrls: [file],
    logLevel: "error",
    stateHandlers: Object.fromEntries(statesOf(file).map((name) => [name, replay.handlerOf(name)])),
    requestFilter: replay.filter,
  });
  const results = readResults(await verifier.verifyProvider().catch(refusal));
  return { results, asked: replay.asked, faults: replay.faults };
}

/** A request as Pact's proxy has read it. */
interface ProxiedRequest {
  readonly path: string;
  url: string;
  readonly headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

/** Pact calls a state that failed, or that nobody knows, a warning and goes on: here both are faults. */
function createReplay(states: HttpProviderOptions["states"]) {
  const faults: string[] = [];
  let values: Values = {};
  let asked = 0;
  return {
    faults,
    get asked() {
      return asked;
    },
    handlerOf: (name: string) => async (params: unknown) => {
      try {
        const handler = states[name];
        if (handler === undefined) throw new Error("there is no such state");
        values = { ...values, ...(await handler((params ?? {}) as NonNullable<ProviderState["params"]>)) };
      } catch (err) {
        faults.push(`${name}: ${String(err)}`);
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
  if (text === undefined) return;
  req.body = Buffer.from(text);
  req.headers["content-length"] = String(Buffer.byteLength(text));
}

function bodyText({ headers, body }: ProxiedRequest, put: (text: string) => string): string | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return put(body.toString());
  if (!String(headers["content-type"]).startsWith(formType)) return put(JSON.stringify(body));
  const fields = Object.entries(body as Record<string, string>).map(([name, value]) => [name, put(value)]);
  return new URLSearchParams(fields).toString();
}

/** The names of the states that a pact wants. */
function statesOf(file: string): string[] {
  const pact = JSON.parse(readFileSync(file, "utf8")) as { interactions: { providerStates?: { name: string }[] }[] };
  return [...new Set(pact.interactions.flatMap(({ providerStates = [] }) => providerStates.map(({ name }) => name)))];
}

/** A verification that found something wrong is an error with its results for a message. */
function refusal(err: unknown): string {
  if (err instanceof Error && err.message.startsWith("{")) return err.message;
  throw err;
}

interface Report {
  readonly interactionResults: readonly { description: string; result: string; mismatch?: unknown }[];
}

function readResults(report: string): ReadonlyMap<string, string> {
  const { interactionResults } = JSON.parse(report) as Report;
  return new Map(
    interactionResults.map(({ description, result, mismatch }) => [
      description,
      mismatch === undefined ? result : JSON.stringify(mismatch, undefined, 1),
    ]),
  );
}
