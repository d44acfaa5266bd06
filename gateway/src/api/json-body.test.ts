import { AppError } from "@shop/platform/errors";
import fc from "fast-check";
import { parseJson } from "./json-body.ts";

describe("parseJson", () => {
  it("reads whatever JSON says", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('"__proto__"'));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses a field that would be an object's prototype", () => {
    expect(() => parseJson('[{"__proto__": []}]')).toThrow('must not have a field "__proto__"');
  });

  it("answers every other sequence of bytes with MALFORMED_BODY", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes));
        } catch (err) {
          expect(err).toBeInstanceOf(AppError);
          expect(err).toMatchObject({ code: "MALFORMED_BODY" });
        }
      }),
    );
  });

  it("says where the JSON goes wrong", () => {
    expect(() => parseJson('{"items": [] "a": 1}')).toThrow("it goes wrong at character 14");
  });
});
