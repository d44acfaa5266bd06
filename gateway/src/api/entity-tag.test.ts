import { isKnown } from "./entity-tag.ts";

describe("isKnown", () => {
  it.each([
    ["the tag", '"a"', true],
    ["the tag as a weak one", 'W/"a"', true],
    ["any", " * ", true],
    ["the tag among others", '"b", W/"c" ,"a"', true],
    ["the tag behind one with a comma in it", '"b,c","a"', true],
    ["another", '"b"', false],
    ["one that only begins like it", '"ab"', false],
    ["one without quotes", "a", false],
    ["nothing", "", false],
    ["no header", undefined, false],
  ])("takes %s for what it is", (_name, header, known) => {
    expect(isKnown(header, '"a"')).toBe(known);
  });
});
