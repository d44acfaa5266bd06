import type { RpcInteraction } from "./interaction.ts";
import { exampleOf, type Json } from "./match.ts";

/**
 * What stands in an answer where nothing is expected to stand: one sentence for each message that is declared to be empty
 * and is not. Pact takes every message for one that is expected to be empty, such as a refusal for none.
 */
export function filledEmptiness(answer: Json, { response }: RpcInteraction): string[] {
  return "message" in response ? filledIn(exampleOf(response.message), answer, "the answer") : [];
}

function filledIn(expected: Json, actual: Json | undefined, path: string): string[] {
  if (!isObject(expected) || !isObject(actual)) return [];
  const names = Object.keys(expected);
  const found = Object.keys(actual);
  if (names.length === 0 && found.length > 0) return [`${path} has ${found.join(", ")}, expected nothing`];
  return names.flatMap((name) => filledIn(expected[name] ?? null, actual[name], `${path}.${name}`));
}

function isObject(json: Json | undefined): json is { readonly [name: string]: Json } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
