import { parseObject, parseToken } from "./auth-token.ts";

const part = (text: string) => Buffer.from(text).toString("base64url");

describe("parseToken", () => {
  it("takes a token apart", () => {
    const token = `${part('{"alg":"ES256"}')}.${part("payload")}.c2ln`;
    expect(parseToken(token)).toEqual({ header: { alg: "ES256" }, payload: Buffer.from("payload") });
  });

  it("takes 8 kB and no more", () => {
    const start = `${part("{}")}.`;
    const token = (length: number) => `${start}${"A".repeat(length - start.length - 5)}.AAAA`;
    expect(parseToken(token(8192))).toBeDefined();
    expect(parseToken(token(8193))).toBeUndefined();
  });
});

describe("parseObject", () => {
  it.each([
    ["no members", "{}"],
    ["a name in a text", '{"a":"\\"b\\": {","c":"b"}'],
    ["a colon in a text", '{"a":"b:","b":":"}'],
    ["blanks and line breaks", '{ "a" :\n1 , "b" : [ { "a" : "x" } ] }'],
    ["the same name in another object", '{"a":{"a":1},"b":[{"a":1},{"a":2}]}'],
    ["__proto__", '{"__proto__":{"a":1}}'],
    ["a backslash at the end of a text", '{"a":"\\\\","b":"\\\\\\""}'],
  ])("reads an object with %s", (_, text) => {
    expect(parseObject(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  it.each([
    ["a name twice", '{"a":1,"a":1}'],
    ["a name twice, once escaped", '{"a":1,"\\u0061":2}'],
    ["a name twice further in", '{"a":[{"b":1,"c":2,"b":3}]}'],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}'],
    ["something after it", "{} {}"],
    ["no end", '{"a":1'],
  ])("refuses an object with %s", (_, text) => {
    expect(parseObject(Buffer.from(text))).toBeUndefined();
  });

  it.each(["[]", '"a"', "1", "null", "true", ""])("refuses %j, which is no object", (text) => {
    expect(parseObject(Buffer.from(text))).toBeUndefined();
  });

  it("refuses what is not UTF-8", () => {
    expect(parseObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeUndefined();
  });

  it("reads objects in each other to any depth", () => {
    const text = `{"a":${"[".repeat(3000)}${"]".repeat(3000)}}`;
    expect(parseObject(Buffer.from(text))).toBeDefined();
  });
});
