import { differences } from "./differences.ts";
import { type Expected, eachLike, like, matching, uuid } from "./match.ts";

const id = "01900000-0000-7000-8000-000000000001";

const alike: [string, Expected, unknown][] = [
  ["equal JSON", { a: [1, "x", null, { b: true }] }, { a: [1, "x", null, { b: true }] }],
  ["a text that its expression describes", uuid(id), "0f000000-0000-4000-8000-00000000abcd"],
  ["one or more like the example", { lines: eachLike({ count: like(1) }) }, { lines: [{ count: 4 }, { count: 5 }] }],
  ["something of the same type, all the way down", like({ a: ["x"], b: 1 }), { a: ["y", "z"], b: 2 }],
  ["a matcher within something that is compared by type", like({ id: uuid(id) }), { id }],
];
it.each(alike)("finds none in %s", (_, expected, actual) => {
  expect(differences(expected, actual)).toEqual([]);
});

const unlike: [string, Expected, unknown, string[]][] = [
  ["another value", { a: { b: 1 } }, { a: { b: 2 } }, ["$.a.b is 2, expected 1"]],
  ["a number that is a text", { a: 1 }, { a: "1" }, ['$.a is "1", expected 1']],
  ["what is missing", { a: { b: uuid(id) } }, { a: {} }, [`$.a.b is missing, expected "${id}"`]],
  ["what is more than expected", { a: 1 }, { a: 1, b: 2 }, ["$.b is 2, expected nothing"]],
  ["what an expression does not describe whole", matching(/[a-z]+/, "a"), "a1", ['$ is "a1", expected a text like']],
  ["no list where one or more are expected", eachLike(1), [], ["$ is [], expected one or more"]],
  ["one among many", eachLike({ count: like(1) }), [{ count: 1 }, { count: "2" }], ['$[1].count is "2", expected']],
  ["a list of another length", [1, 2], [1], ["$ is 1 long, expected 2"]],
  ["null for an object", { a: {} }, { a: null }, ["$.a is null, expected an object"]],
  ["more than expected under a type", like({ a: 1 }), { a: 1, b: 1 }, ["$.b is 1, expected nothing"]],
  ["a matcher within a type", like({ id: uuid(id) }), { id: "x" }, ['$.id is "x", expected a text like']],
];
it.each(unlike)("names %s", (_, expected, actual, sentences) => {
  expect(differences(expected, actual)).toEqual(sentences.map((sentence) => expect.stringContaining(sentence)));
});
