import { existsSync } from "node:fs";
import { installedPlugin } from "./config.ts";
import type { RpcBoundary } from "./interaction.ts";
import type { ProviderOptions } from "./provider-states.ts";
import { descriptionsIn, pactFile, type Verification } from "./verification.ts";
import { verifyByPlugin } from "./verify-by-plugin.ts";
import { verifyMessages } from "./verify-messages.ts";

export type { ProviderOptions, StateHandler } from "./provider-states.ts";

/**
 * Describes one test for each interaction of these boundaries: it is played against the running provider, and Pact
 * compares the answer with the pact. A last test for each pact claims that it holds what the boundaries declare, and that
 * all of it was verified, once.
 */
export function verifyProvider(boundaries: readonly RpcBoundary[], options: ProviderOptions): void {
  for (const [consumer, ofConsumer] of Map.groupBy(boundaries, (boundary) => boundary.consumer)) {
    describe(`${ofConsumer[0]?.provider} answers ${consumer}`, () => verifyPact(ofConsumer, options));
  }
}

function verifyPact(boundaries: readonly RpcBoundary[], options: ProviderOptions): void {
  const [{ consumer, provider } = { consumer: "", provider: "" }] = boundaries;
  const file = pactFile(consumer, provider);
  const interactions = boundaries.flatMap((boundary) => boundary.interactions);
  let verification: Verification;

  beforeAll(async () => {
    if (!existsSync(file)) throw new Error(`there is no pact ${file}: the consumer's tests write it`);
    verification = await (installedPlugin() ? verifyByPlugin : verifyMessages)(file, boundaries, options);
  });

  it.each(interactions)("$method: $description", ({ description }) => {
    expect(verification.verified).toContain(description);
    expect(verification.faults.get(description) ?? []).toEqual([]);
  });

  it(`verifies the ${interactions.length} interactions that are declared, each once`, () => {
    const declared = interactions.map(({ description }) => description).sort();
    expect(descriptionsIn(file).sort()).toEqual(declared);
    expect(verification.verified.toSorted()).toEqual(declared);
    expect(verification.played.toSorted()).toEqual(declared);
  });
}
