import { MessageProviderPact } from "@pact-foundation/pact";
import { filledEmptiness } from "./empty-answers.ts";
import type { ProviderState, RpcBoundary } from "./interaction.ts";
import type { RequestContents } from "./message-contents.ts";
import { connectPlayer } from "./play-message.ts";
import { enterStates, type ProviderOptions } from "./provider-states.ts";
import { accountOf, type Verification } from "./verification.ts";

/**
 * Verifies a pact of synchronous messages: Pact hands over each request, it is played against the running provider as a
 * real gRPC call, and Pact compares the answer by the pact's rules. The boundaries are all that this pact was made of.
 */
export async function verifyMessages(
  file: string,
  boundaries: readonly RpcBoundary[],
  options: ProviderOptions,
): Promise<Verification> {
  const player = connectPlayer(options.address());
  const played: string[] = [];
  const troubles = new Map<string, string[]>();

  async function answer(boundary: RpcBoundary, description: string, message: PlayedMessage): Promise<unknown> {
    played.push(description);
    const interaction = boundary.interactions.find((one) => one.description === description);
    if (interaction === undefined) throw new Error(`"${description}" is not declared`);
    await enterStates(message.providerStates ?? [], options.states);
    const { content } = message.request.contents;
    const given = await player.play(content, boundary.proto, options.token(interaction, boundary));
    const filled = "message" in given ? filledEmptiness(given.message, interaction) : [];
    if (filled.length > 0) troubles.set(description, filled);
    return given;
  }

  const messageProviders = Object.fromEntries(
    boundaries.flatMap((boundary) =>
      boundary.interactions.map(({ description }) => [
        description,
        (message: unknown) =>
          answer(boundary, description, message as PlayedMessage).catch((err: unknown) => {
            troubles.set(description, [String(err)]);
            throw err;
          }),
      ]),
    ),
  );
  // The states are entered above, one after the other; Pact would enter them all at once, and pass over unknown ones.
  const stateHandlers = Object.fromEntries(
    boundaries.flatMap(({ interactions }) =>
      interactions.flatMap(({ given }) => given.map(({ name }) => [name, () => Promise.resolve()])),
    ),
  );
  try {
    const provider = boundaries[0]?.provider ?? "";
    const verifier = new MessageProviderPact({
      provider,
      pactUrls: [file],
      messageProviders,
      stateHandlers,
      logLevel: "error",
    });
    const account = await accountOf(verifier.verify());
    return { ...account, played, faults: new Map([...account.faults, ...troubles]) };
  } finally {
    player.close();
  }
}

/** What Pact hands over for a synchronous message. */
interface PlayedMessage {
  readonly providerStates?: readonly ProviderState[];
  readonly request: { readonly contents: { readonly content: RequestContents } };
}
