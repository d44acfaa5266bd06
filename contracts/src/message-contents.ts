import { callMetadata, type RpcBoundary, type RpcInteraction, type RpcResponse } from "./interaction.ts";
import type { Expected, Json } from "./match.ts";

/** A call as it stands in a synchronous message of a pact. */
export type RequestContents = {
  readonly service: string;
  readonly method: string;
  readonly metadata: { readonly [name: string]: string };
  readonly message: Json;
};

/** The contents of the request's message. */
export function requestContents(boundary: RpcBoundary, interaction: RpcInteraction): Expected {
  const { method, request: message } = interaction;
  return { service: boundary.service, method, metadata: callMetadata(boundary, interaction), message };
}

/** The contents of the response's message: `{message}` or `{error}`, so that the one is never taken for the other. */
export function responseContents(response: RpcResponse): Expected {
  if ("message" in response) return { message: response.message };
  const { code, reason, fields, retry } = response.error;
  return {
    error: { code, ...(reason !== undefined && { reason }), ...(fields && { fields }), ...(retry && { retry }) },
  };
}
