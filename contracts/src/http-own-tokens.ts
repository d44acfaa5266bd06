import { createServiceTokens, type ServiceTokens } from "@shop/platform/auth";
import { silentLog } from "@shop/platform/logging";
import { exampleSecret, exampleToken } from "./boundaries/identity-interactions.ts";
import type { HttpCase } from "./http-consumer.ts";

/** How a service gets a token of its own: by the holder of tokens that they all use. */
export function ownTokenCases(clientId: string): readonly HttpCase[] {
  return [
    { asks: ["a service's own token"], call: (url) => expect(ownToken(url, clientId)).resolves.toBe(exampleToken) },
    {
      asks: ["a service's own token, with a secret that is not right"],
      call: (url) =>
        expect(ownToken(url, clientId, "an-example-of-a-wrong-secret")).rejects.toMatchObject({ code: "UNAVAILABLE" }),
    },
  ];
}

/** Gives this token, and the example's where it is refused. */
export function tokensFrom(token: string): ServiceTokens {
  let held = token;
  return {
    get: () => held,
    renew() {
      held = exampleToken;
    },
    close: async () => undefined,
  };
}

async function ownToken(url: string, clientId: string, clientSecret = exampleSecret): Promise<string> {
  const tokens = createServiceTokens({ tokenUrl: `${url}/oauth2/token`, clientId, clientSecret, log: silentLog() });
  try {
    return await tokens.get();
  } finally {
    await tokens.close();
  }
}
