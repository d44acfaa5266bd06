import type { RpcInteraction } from "@shop/contracts/interaction";
import { exampleOf } from "@shop/contracts/match";
import type { ServiceTokens } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { silentLog } from "@shop/platform/logging";
import { aliceId } from "@shop/testkit/identity";
import type { CallTerms, Participants } from "../../src/checkout/ports.ts";
import { connectParticipants } from "../../src/clients/participants.ts";

/** Tokens that stay what they are; `refused` names those that a provider did not take. */
export function fixedTokens(): ServiceTokens & { readonly refused: (string | undefined)[] } {
  const refused: (string | undefined)[] = [];
  return {
    refused,
    get: () => "a-token",
    renew: (token) => void refused.push(token),
    close: async () => undefined,
  };
}

/** The terms of a call for alice, as a step gives them. */
export function terms(): CallTerms {
  return { userId: aliceId, timeoutMs: 5000, signal: new AbortController().signal };
}

/** Makes one call by the participants' clients as the service connects them, all of them to one address. */
export async function callParticipant(
  { response }: RpcInteraction,
  address: string,
  call: (participants: Participants) => Promise<unknown>,
): Promise<unknown> {
  const tokens = fixedTokens();
  const clients = connectParticipants({
    addresses: { inventory: address, payments: address, shipping: address },
    tokens,
    log: silentLog(),
    onBreaker: () => undefined,
    onReachable: () => undefined,
  });
  try {
    const outcome = await call(clients.participants).catch(failureOf);
    // A token that was refused is renewed before the next call.
    const isRefused = "error" in response && response.error.code === "UNAUTHENTICATED";
    expect(tokens.refused).toEqual(isRefused ? ["a-token"] : []);
    return outcome;
  } finally {
    clients.close();
  }
}

/** What of an error a caller can act on; of anything but an AppError nothing. */
export function failureOf(err: unknown): object {
  if (!(err instanceof AppError)) throw err;
  const { code, reason, violations } = err;
  return { code, ...(reason && { reason }), ...(violations && { fields: violations.map(({ field }) => field) }) };
}

/** The interaction's request, read by its message type. */
export function requestOf<Request>({ request }: RpcInteraction, type: { fromJSON(json: unknown): Request }): Request {
  return type.fromJSON(exampleOf(request));
}

/** What is expected of the interaction; fails where nothing is. */
export function expectedOf<Outcome>(
  { description }: RpcInteraction,
  outcomes: Readonly<Record<string, Outcome>>,
): Outcome {
  const outcome = outcomes[description];
  if (outcome === undefined) throw new Error(`Nothing is said of what the client makes of "${description}".`);
  return outcome;
}
