import fc from "fast-check";
import { OAuthError } from "./oauth-error.ts";
import { narrowScope } from "./scope.ts";
import { parseTokenRequest } from "./token-request.ts";

function encoded(clientId: string, clientSecret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`;
}

describe("parseTokenRequest", () => {
  it("reads any credentials from the header as they were written", () => {
    const text = fc.string({ minLength: 1, unit: "grapheme" }).filter((value) => !value.includes("\u0000"));
    fc.assert(
      fc.property(text, text, (clientId, clientSecret) => {
        const form = new URLSearchParams({ grant_type: "client_credentials" });
        expect(parseTokenRequest(form, encoded(clientId, clientSecret))).toEqual({
          grant: "client_credentials",
          credentials: { clientId, clientSecret },
          scope: undefined,
        });
      }),
    );
  });

  it("reads a plus in the header as a blank", () => {
    const header = `Basic ${Buffer.from("a+b:c%2Bd").toString("base64")}`;
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    expect(parseTokenRequest(form, header)).toMatchObject({ credentials: { clientId: "a b", clientSecret: "c+d" } });
  });

  it("answers any form and any header with a request or an OAuthError", () => {
    const names = fc.constantFrom("grant_type", "scope", "client_id", "client_secret", "refresh_token", "x");
    const values = fc.oneof(fc.constantFrom("client_credentials", "refresh_token"), fc.string());
    const header = fc.option(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => `Basic ${text}`),
      ),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(names, values)), header, (parameters, authorization) => {
        try {
          expect(parseTokenRequest(new URLSearchParams(parameters), authorization).grant).toBeTruthy();
        } catch (err) {
          expect(err).toBeInstanceOf(OAuthError);
        }
      }),
    );
  });
});

describe("narrowScope", () => {
  const held = ["inventory", "payments"];

  it.each([
    [undefined, held],
    ["", held],
    ["  ", held],
    ["payments", ["payments"]],
    ["payments payments inventory", ["payments", "inventory"]],
  ])("grants of %p what is held", (requested, granted) => {
    expect(narrowScope(held, requested)).toEqual(granted);
  });

  it.each(["shipping", "payments shipping", "Payments", "payments,inventory"])("refuses %p", (requested) => {
    expect(() => narrowScope(held, requested)).toThrow(expect.objectContaining({ word: "invalid_scope" }));
  });
});
