import { eachLike, exampleOf, like, matching, timestamp, toPactJson, uuid } from "./match.ts";

const id = "01900000-0000-7000-8000-000000000001";

it("gives the example of what is expected, however deep its matchers stand", () => {
  const expected = { id: uuid(id), lines: eachLike({ sku: like("A"), count: 2 }), tags: ["x", like(true)], none: null };
  expect(exampleOf(expected)).toEqual({ id, lines: [{ sku: "A", count: 2 }], tags: ["x", true], none: null });
});

it("says it in Pact's words", () => {
  expect(
    toPactJson({ code: matching(/[A-Z]+/, "OK"), lines: eachLike({ count: like(1), of: "a" }), exact: ["a"] }),
  ).toEqual({
    code: { "pact:matcher:type": "regex", regex: "^(?:[A-Z]+)$", value: "OK" },
    lines: {
      "pact:matcher:type": "type",
      min: 1,
      value: [
        { count: { "pact:matcher:type": "type", value: 1 }, of: { "pact:matcher:type": "equality", value: "a" } },
      ],
    },
    exact: ["a"],
  });
});

it("takes no example that its own expression does not describe whole", () => {
  expect(() => matching(/[a-z]+/, "abc1")).toThrow('"abc1" does not match');
  expect(() => uuid("1")).toThrow("does not match");
  expect(() => timestamp("2026-01-01")).toThrow("does not match");
  expect(timestamp("2026-01-01T00:00:00.000Z")).toMatchObject({ example: "2026-01-01T00:00:00.000Z" });
});

it("takes no list within one of one or more, of which Pact would compare the types alone", () => {
  expect(() => toPactJson(eachLike({ tags: ["a"] }))).toThrow("a list within a list");
  expect(toPactJson(eachLike({ tags: eachLike("a") }))).toMatchObject({ value: [{ tags: { min: 1 } }] });
});

it("takes no expression with flags, which would be lost on the way", () => {
  expect(() => matching(/a/i, "A")).toThrow("flags");
});
