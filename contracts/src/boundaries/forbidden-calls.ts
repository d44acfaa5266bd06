import type { RpcInteraction } from "../interaction.ts";

/** The states in which a call comes with a token that does not count. */
const noToken = "the caller brings no token that counts";
const wrongScope = "the caller's token is for another participant";

/** A call that comes without a token that counts, and one whose token is for another participant. */
export function forbiddenCalls(
  what: string,
  { method, request }: Pick<RpcInteraction, "method" | "request">,
): readonly RpcInteraction[] {
  return [
    {
      description: `${what} without a token that counts`,
      given: [{ name: noToken }],
      method,
      request,
      response: { error: { code: "UNAUTHENTICATED" } },
    },
    {
      description: `${what} with a token for another participant`,
      given: [{ name: wrongScope }],
      method,
      request,
      response: { error: { code: "PERMISSION_DENIED" } },
    },
  ];
}

/** The token that a provider's verification sends with this interaction. */
export function tokenFor(
  { given }: RpcInteraction,
  tokens: { readonly valid: string; readonly ofAnotherScope: string },
): string | undefined {
  const names = given.map(({ name }) => name);
  if (names.includes(noToken)) return undefined;
  return names.includes(wrongScope) ? tokens.ofAnotherScope : tokens.valid;
}

/** These states are of the token alone: nothing has to be brought about at the provider. */
export const tokenStates: Readonly<Record<string, () => Promise<void>>> = {
  [noToken]: async () => undefined,
  [wrongScope]: async () => undefined,
};
