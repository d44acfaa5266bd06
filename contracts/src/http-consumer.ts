import { PactV3, SpecificationVersion } from "@pact-foundation/pact";
import { writtenPacts } from "./config.ts";
import { type HttpDoor, openHttpDoor } from "./http-door.ts";
import type { HttpBoundary, HttpInteraction } from "./http-interaction.ts";
import { toPactInteraction } from "./http-pact.ts";

/** One test of a consumer's client. */
export interface HttpCase {
  /** The descriptions of the interactions that it asks for: one, or several that only go together. */
  readonly asks: readonly string[];
  /** How often it asks for each; "again and again" is at least once, for what polls. Default 1. */
  readonly times?: number | "again and again";
  /** Lets the consumer's real client ask at `url`, and asserts what it makes of the answers. `asked` is what came so far. */
  call(url: string, asked: () => readonly string[]): Promise<unknown>;
}

/**
 * Describes one test for each case: the consumer's client asks a server that answers as declared. It fails where a request
 * differs from what is declared, or is not made as often as the case says; else the interactions are written to the pact.
 */
export function describeHttpConsumer(boundary: HttpBoundary, cases: readonly HttpCase[]): void {
  describe(`${boundary.consumer} of ${boundary.provider} over HTTP`, () => {
    let door: HttpDoor;

    beforeAll(async () => {
      door = await openHttpDoor();
    });

    afterAll(() => door.close());

    for (const one of cases) {
      it(one.asks.join(", "), async () => {
        // A poll may still be on its way when its client has closed: it must not come to the next case.
        const own = one.times === "again and again" ? await openHttpDoor() : undefined;
        await playCase(boundary, one, own ?? door).finally(() => own?.close());
      });
    }

    it("asks for all that is declared", () => {
      const asked = new Set(cases.flatMap(({ asks }) => asks));
      expect([...asked].sort()).toEqual(boundary.interactions.map(({ description }) => description).sort());
    });
  });
}

/** Plays one case against Pact's mock behind `door`, and writes its interactions to the pact in `folder`. */
export async function playCase(
  boundary: HttpBoundary,
  one: HttpCase,
  door: HttpDoor,
  dir = writtenPacts(),
): Promise<void> {
  const { consumer, provider } = boundary;
  const interactions = one.asks.map((description) => interactionOf(boundary, description));
  const spec = SpecificationVersion.SPECIFICATION_VERSION_V4;
  const pact = new PactV3({ consumer, provider, dir, spec, logLevel: "error", cors: false });
  for (const interaction of interactions) pact.addInteraction(toPactInteraction(interaction));
  await pact.executeTest(async ({ url }) => {
    const asked = await door.whileOn(url, () => one.call(door.url, door.asked));
    claimAsked(asked, interactions, one.times ?? 1);
  });
}

function interactionOf({ interactions }: HttpBoundary, description: string): HttpInteraction {
  const found = interactions.find((one) => one.description === description);
  if (found === undefined) throw new Error(`"${description}" is not declared.`);
  return found;
}

/** Pact's mock is content with a request that is repeated, and its library with a test that never asks. */
function claimAsked(asked: readonly string[], declared: readonly HttpInteraction[], times: number | string): void {
  const lines = declared.map(({ request }) => `${request.method} ${request.path}`);
  const expected = typeof times === "number" ? lines.flatMap((line) => Array(times).fill(line)) : [...new Set(lines)];
  const heard = typeof times === "number" ? [...asked] : [...new Set(asked)];
  if (JSON.stringify(heard.sort()) === JSON.stringify(expected.sort())) return;
  throw new Error(`Asked was [${asked.join(", ")}], declared is [${lines.join(", ")}], each ${times}.`);
}
