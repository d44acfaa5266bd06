import type { RpcInteraction } from "@shop/contracts/interaction";
import { exampleOf } from "@shop/contracts/match";
import { AppError } from "@shop/platform/errors";

/** For whom the gateway's clients call. */
export const call = {
  authorization: "Bearer an-example.of-an-access.token",
  signal: new AbortController().signal,
};

/** The interaction's request, read by its message type. */
export function requestOf<Request>({ request }: RpcInteraction, type: { fromJSON(json: unknown): Request }): Request {
  return type.fromJSON(exampleOf(request));
}

/** What a client makes of an answer; of an error, what of it tells the caller what to do. */
export async function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    const { code, reason, violations, retryAfterMs } = err;
    const fields = violations?.map(({ field }) => field);
    const isOwnCode = reason === undefined || reason === code;
    return { code, ...(!isOwnCode && { reason }), ...(fields && { fields }), ...(retryAfterMs && { retryAfterMs }) };
  }
}
