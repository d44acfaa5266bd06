/**
 * What may stand in the place of a value: an example, and what another value has to have in common with it. It is plain
 * data; each carrier puts it into the words of its own.
 */
export type Matcher =
  /** Of the same type as the example, all the way down. */
  | { readonly $match: "type"; readonly example: Expected }
  /** A text that the expression describes whole. */
  | { readonly $match: "regex"; readonly example: string; readonly regex: string }
  /** A list of one or more, each as the example says: equal, but for the matchers within it. */
  | { readonly $match: "each"; readonly example: Expected };

/** JSON in which any value may be a matcher; every other value has to be equal. */
export type Expected =
  | null
  | boolean
  | number
  | string
  | Matcher
  | readonly Expected[]
  | { readonly [name: string]: Expected };

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A value of the example's type. Objects and lists within are compared by type too, but for matchers within them. */
export function like(example: Expected): Matcher {
  return { $match: "type", example };
}

/** A text that the expression describes from its beginning to its end. */
export function matching(regex: RegExp, example: string): Matcher {
  if (regex.flags !== "") throw new Error(`/${regex.source}/${regex.flags}: flags are not carried over`);
  const matcher = { $match: "regex", example, regex: whole(regex.source) } as const;
  if (!new RegExp(matcher.regex).test(example)) throw new Error(`"${example}" does not match /${regex.source}/`);
  return matcher;
}

/** A UUID, in small letters. */
export function uuid(example: string): Matcher {
  return matching(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, example);
}

/** A time in UTC as JSON has it, such as 2026-01-01T00:00:00.000Z. */
export function timestamp(example: string): Matcher {
  return matching(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z/, example);
}

/** A list of one or more, each as the example says: equal, but for the matchers within it. */
export function eachLike(example: Expected): Matcher {
  return { $match: "each", example };
}

/** Tells a matcher from JSON that is meant as it is. */
export function isMatcher(expected: Expected): expected is Matcher {
  return typeof expected === "object" && expected !== null && "$match" in expected;
}

/** The example: what is meant, with every matcher replaced by its own. */
export function exampleOf(expected: Expected): Json {
  if (isMatcher(expected)) {
    const example = exampleOf(expected.example);
    return expected.$match === "each" ? [example] : example;
  }
  if (isList(expected)) return expected.map(exampleOf);
  if (typeof expected !== "object" || expected === null) return expected;
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, exampleOf(value)]));
}

/**
 * The same in Pact's integration format, in which matchers stand among the values. Within a list of one or more Pact would
 * compare by type what has no matcher of its own; what has to be equal says so there.
 */
export function toPactJson(expected: Expected, plain: (value: Json) => Json = same): Json {
  if (isMatcher(expected)) {
    switch (expected.$match) {
      case "type":
        return { "pact:matcher:type": "type", value: toPactJson(expected.example) };
      case "regex":
        return { "pact:matcher:type": "regex", regex: expected.regex, value: expected.example };
      case "each":
        return { "pact:matcher:type": "type", min: 1, value: [toPactJson(expected.example, equal)] };
      default:
        return expected satisfies never;
    }
  }
  if (isList(expected)) {
    if (plain === equal) throw new Error("a list within a list of one or more has to be one of one or more, too");
    return expected.map((one) => toPactJson(one));
  }
  if (typeof expected !== "object" || expected === null) return plain(expected);
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, toPactJson(value, plain)]));
}

function same(value: Json): Json {
  return value;
}

function equal(value: Json): Json {
  return { "pact:matcher:type": "equality", value };
}

/** Array.isArray does not take a readonly list out of a union. */
export function isList(value: Expected): value is readonly Expected[] {
  return Array.isArray(value);
}

function whole(source: string): string {
  return `^(?:${source})$`;
}
