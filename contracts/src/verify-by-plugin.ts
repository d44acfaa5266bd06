import type { ServiceError } from "@grpc/grpc-js";
import { Verifier } from "@pact-foundation/pact";
import { differences } from "./differences.ts";
import { filledEmptiness } from "./empty-answers.ts";
import { type GrpcDoor, openGrpcDoor, type RawAnswer, type RawCall } from "./grpc-door.ts";
import { callMetadata, type RpcBoundary, type RpcInteraction } from "./interaction.ts";
import { exampleOf, type Json } from "./match.ts";
import { sentMetadata } from "./play-message.ts";
import { enterStates, type ProviderOptions } from "./provider-states.ts";
import { connectRaw, type RawClient } from "./raw-call.ts";
import { toErrorJson, toStatus } from "./rpc-error.ts";
import { loadService } from "./service-codec.ts";
import { accountOf, descriptionsIn, type Verification } from "./verification.ts";

/**
 * The same as verifyMessages, by Pact's protobuf plugin: it makes the calls and compares the answers, both in binary. Its
 * calls pass through a door of ours, which finds out which interaction a call belongs to, brings about its states, gives
 * it a token that counts, and hands it on to the provider byte for byte.
 */
export async function verifyByPlugin(
  file: string,
  boundaries: readonly RpcBoundary[],
  options: ProviderOptions,
): Promise<Verification> {
  const client = connectRaw(options.address());
  const passage = createPassage(file, boundaries, options, client);
  const door = await openDoor(boundaries, passage.pass);
  try {
    const verifier = new Verifier({
      provider: boundaries[0]?.provider ?? "",
      pactUrls: [file],
      transports: [{ protocol: "grpc", port: door.port }],
      proxyHost: "127.0.0.1",
      logLevel: "error",
    });
    const account = await accountOf(verifier.verifyProvider());
    return { ...account, played: passage.played, faults: new Map([...account.faults, ...passage.troubles]) };
  } finally {
    door.close();
    client.close();
  }
}

async function openDoor(
  boundaries: readonly RpcBoundary[],
  pass: (call: RawCall) => Promise<RawAnswer>,
): Promise<GrpcDoor> {
  const services = await Promise.all(boundaries.map(loadService));
  const codecs = services.flatMap((methods) => [...methods.values()]);
  return await openGrpcDoor(new Map(codecs.map((codec) => [codec.path, codec])), pass);
}

interface Declared {
  readonly boundary: RpcBoundary;
  readonly interaction: RpcInteraction;
}

/** What passes the door, exported for its test. */
export function createPassage(
  file: string,
  boundaries: readonly RpcBoundary[],
  options: Pick<ProviderOptions, "states" | "token">,
  client: Pick<RawClient, "call">,
) {
  // Pact plays the interactions one after the other as the file has them, which tells apart those with the same request.
  const waiting = descriptionsIn(file).flatMap((description) => declaredAs(description, boundaries));
  const played: string[] = [];
  const troubles = new Map<string, string[]>();

  function find({ codec, request }: RawCall): Declared {
    const asked = codec.request.toJson(request);
    const index = waiting.findIndex(
      ({ boundary, interaction }) =>
        codec.path === `/${boundary.service}/${interaction.method}` &&
        differences(exampleOf(interaction.request), asked).length === 0,
    );
    const [found] = index < 0 ? [] : waiting.splice(index, 1);
    if (found === undefined)
      throw new Error(`no interaction is left that asks ${codec.path} for ${JSON.stringify(asked)}`);
    return found;
  }

  async function pass(call: RawCall): Promise<RawAnswer> {
    const { boundary, interaction } = find(call);
    const { description, given, response } = interaction;
    played.push(description);
    try {
      await enterStates(given, options.states);
    } catch (err) {
      troubles.set(description, [String(err)]);
      throw err;
    }
    const metadata = exampleOf(callMetadata(boundary, interaction)) as Record<string, string>;
    const sent = sentMetadata(metadata, options.token(interaction, boundary));
    const answer = await client.call(call.codec, call.request, sent).then(
      (bytes) => ({ bytes }),
      (error: ServiceError) => ({ error }),
    );
    const faults = faultsIn(answer, call, interaction);
    if (faults.length > 0) {
      troubles.set(description, faults);
      return answer;
    }
    // The plugin compares an error's details as one: what is not declared is left out.
    return "error" in response ? { error: toStatus(response.error) } : answer;
  }

  return { pass, played, troubles };
}

function declaredAs(description: string, boundaries: readonly RpcBoundary[]): Declared[] {
  return boundaries.flatMap((boundary) =>
    boundary.interactions
      .filter((interaction) => interaction.description === description)
      .map((interaction) => ({ boundary, interaction })),
  );
}

/** What the plugin has no eye for: what stands in an empty answer and, in some versions, the details of an error. */
function faultsIn(
  answer: { readonly bytes: Buffer } | { readonly error: ServiceError },
  { codec }: RawCall,
  interaction: RpcInteraction,
): string[] {
  const { response } = interaction;
  if ("bytes" in answer) {
    if ("error" in response) return [`the answer is a message, expected ${response.error.code}`];
    return filledEmptiness(codec.response.toJson(answer.bytes), interaction);
  }
  const found = toErrorJson(answer.error) as Readonly<Record<string, Json>>;
  if (!("error" in response)) return [`the error is ${JSON.stringify(found)}, expected a message`];
  return Object.entries(response.error).flatMap(([name, value]) =>
    differences(value, found[name], `the error's ${name}`),
  );
}
