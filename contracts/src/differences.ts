import { type Expected, exampleOf, isList, isMatcher, type Json, type Matcher } from "./match.ts";

/**
 * In what a value is not as expected: one sentence for each place, none where it is. Nothing may be missing and nothing
 * may be more than expected.
 */
export function differences(expected: Expected, actual: unknown, path = "$"): string[] {
  if (isMatcher(expected)) return fromMatcher(expected, actual, path);
  if (isList(expected)) return fromList(expected, actual, path);
  if (typeof expected === "object" && expected !== null) return fromObject(expected, actual, path);
  return Object.is(expected, actual) ? [] : [is(path, `${show(actual)}, expected ${show(expected)}`)];
}

function fromMatcher(matcher: Matcher, actual: unknown, path: string): string[] {
  switch (matcher.$match) {
    case "type":
      return byType(matcher.example, actual, path);
    case "regex":
      return typeof actual === "string" && new RegExp(matcher.regex).test(actual)
        ? []
        : [is(path, `${show(actual)}, expected a text like /${matcher.regex}/`)];
    case "each":
      if (!Array.isArray(actual) || actual.length === 0) return [is(path, `${show(actual)}, expected one or more`)];
      return actual.flatMap((one, index) => differences(matcher.example, one, `${path}[${index}]`));
    default:
      return matcher satisfies never;
  }
}

function byType(example: Expected, actual: unknown, path: string): string[] {
  if (isMatcher(example)) return fromMatcher(example, actual, path);
  if (isList(example)) {
    if (!Array.isArray(actual)) return [is(path, `${show(actual)}, expected a list`)];
    const [first] = example;
    return first === undefined ? [] : actual.flatMap((one, index) => byType(first, one, `${path}[${index}]`));
  }
  if (typeof example === "object" && example !== null) return fromObject(example, actual, path, byType);
  const isAlike = typeof actual === typeof example && (actual === null) === (example === null);
  return isAlike ? [] : [is(path, `${show(actual)}, expected something of the type of ${show(example)}`)];
}

function fromList(expected: readonly Expected[], actual: unknown, path: string): string[] {
  if (!Array.isArray(actual)) return [is(path, `${show(actual)}, expected a list`)];
  const counts =
    actual.length === expected.length ? [] : [is(path, `${actual.length} long, expected ${expected.length}`)];
  const shared = expected.slice(0, actual.length);
  return [...counts, ...shared.flatMap((one, index) => differences(one, actual[index], `${path}[${index}]`))];
}

function fromObject(
  expected: { readonly [name: string]: Expected },
  actual: unknown,
  path: string,
  compare: (expected: Expected, actual: unknown, path: string) => string[] = differences,
): string[] {
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) {
    return [is(path, `${show(actual)}, expected an object`)];
  }
  const found = new Map<string, unknown>(Object.entries(actual));
  const more = [...found.keys()].filter((name) => !Object.hasOwn(expected, name));
  return [
    ...Object.entries(expected).flatMap(([name, value]) =>
      found.has(name)
        ? compare(value, found.get(name), `${path}.${name}`)
        : [`${path}.${name} is missing, expected ${show(exampleOf(value))}`],
    ),
    ...more.map((name) => `${path}.${name} is ${show(found.get(name))}, expected nothing`),
  ];
}

function is(path: string, what: string): string {
  return `${path} is ${what}`;
}

function show(value: unknown): string {
  return JSON.stringify(value as Json) ?? "undefined";
}
