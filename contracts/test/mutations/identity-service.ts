import type { MutatedProvider } from "../_mutation.ts";

export const mutatedIdentity: MutatedProvider = {
  provider: "identity-service",
  mutations: [
    {
      name: "a profile's address has another name",
      file: "src/api/get-profile.ts",
      from: "return { ...rest, address: addresses[0] ?? null };",
      to: "return { ...rest, addresses } as never;",
      breaks: ["the profile of a user with an address"],
    },
    {
      name: "a profile that is not there is an empty one",
      file: "src/api/get-profile.ts",
      from: 'if (!profile) throw new AppError("NOT_FOUND", "There is no such user.");',
      to: 'if (!profile) return { userId, name: "", email: "", address: null };',
      breaks: ["the profile of somebody who does not exist"],
    },
    {
      name: "a token does not say how long it lives",
      file: "src/api/issue-tokens.ts",
      from: "expires_in: expiresInSeconds",
      to: "expires_at: expiresInSeconds",
      breaks: ["a login", "a service's own token"],
    },
    {
      name: "a login gives no refresh token",
      file: "src/api/login.ts",
      from: ", refresh_token: refreshToken }",
      to: " }",
      breaks: ["a login"],
    },
    {
      name: "a refresh token can be used twice",
      file: "src/domain/refresh-token.ts",
      from: 'return state.isUsed ? "revoke-family" : "rotate";',
      to: 'return "rotate";',
      breaks: ["the next tokens of a login, asked for a second time"],
    },
    {
      name: "a document that the reader has is sent again",
      file: "src/api/send-document.ts",
      from: 'reply.code(304);\n  return "";',
      to: "return body;",
      breaks: ["the keys that the reader has already", "what was taken back, which the reader has already"],
    },
    {
      name: "the last Admin can be removed",
      file: "src/api/delete-user.ts",
      from: "if (admins.length === 1 && admins[0] === userId)",
      to: "if (admins.length === 0)",
      breaks: ["the removal of the last Admin"],
    },
    {
      name: "a token that was taken back is good",
      file: "src/api/introspect.ts",
      from: 'if (typeof claims === "string" || identity.revocations.includes(claims)) return { active: false };',
      to: 'if (typeof claims === "string") return { active: false };',
      breaks: ["what a token of a login that has ended is"],
    },
  ],
};
