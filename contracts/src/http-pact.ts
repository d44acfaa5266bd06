import type { V3Interaction } from "@pact-foundation/pact";
import { formType, type HttpHeaders, type HttpInteraction } from "./http-interaction.ts";
import { type Expected, exampleOf, type Json, toPactJson } from "./match.ts";

/** An interaction in Pact's words. */
export function toPactInteraction({ description, given, request, response }: HttpInteraction): V3Interaction {
  const { method, path, form } = request;
  refuseEmptiness(exampleOf(response.body ?? null), description);
  return {
    uponReceiving: description,
    states: given.map(({ name, params }) => ({ description: name, parameters: params && { ...params } })),
    withRequest: {
      method,
      path,
      ...withHeaders(request.headers, form === undefined ? "application/json" : formType),
      ...(form !== undefined && { body: new URLSearchParams(form).toString() }),
      ...(request.body !== undefined && { body: toPactJson(request.body) }),
    },
    willRespondWith: {
      status: response.status,
      ...withHeaders(response.headers, "application/json"),
      ...(response.body !== undefined && { body: toPactJson(response.body) }),
    },
  } as V3Interaction;
}

/** Pact takes every object for one that is expected to be empty. */
function refuseEmptiness(json: Json, description: string): void {
  if (typeof json !== "object" || json === null) return;
  const members = Object.values(json);
  if (members.length === 0 && !Array.isArray(json)) throw new Error(`"${description}": Pact cannot expect {}.`);
  for (const member of members) refuseEmptiness(member, description);
}

/** The type of a body is not one header among the others: Pact writes that header itself, and would write it twice. */
function withHeaders(headers: HttpHeaders = {}, usualType: string): object {
  const { "content-type": type = usualType, ...others } = headers;
  const entries = Object.entries(others).map(([name, value]) => [name, toPactJson(value as Expected)]);
  return { headers: Object.fromEntries(entries), contentType: exampleOf(type as Expected) };
}
