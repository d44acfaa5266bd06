import type { HttpBoundary } from "../http-interaction.ts";
import { like } from "../match.ts";
import { ownToken, polledDocuments, profileRequest, refusedProfiles, userId } from "./identity-interactions.ts";

const address = { street: "1 Example Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };

/**
 * The order service proves itself by its client's secret, verifies the tokens of its callers, and asks where a customer
 * without an address in the order lives. It logs nobody in: users do that at the gateway, whose contract has the logins.
 */
export const orderToIdentity: HttpBoundary = {
  consumer: "order-service",
  provider: "identity-service",
  interactions: [
    ...ownToken("order-service", "inventory payments shipping notifications profiles"),
    ...polledDocuments,
    {
      description: "the profile of a user with an address",
      given: [
        { name: "a service has a token", params: { scope: "profiles" } },
        { name: "a user has a profile", params: { userId, ...address } },
      ],
      request: profileRequest(userId),
      response: { status: 200, headers: { "cache-control": "no-store" }, body: { userId, address } },
    },
    {
      description: "the profile of a user without a state in the address",
      given: [
        { name: "a service has a token", params: { scope: "profiles" } },
        { name: "a user has a profile", params: { userId, ...address, state: "" } },
      ],
      request: profileRequest(userId),
      response: { status: 200, body: { userId, address: { ...address, state: "" } } },
    },
    {
      description: "the profile of a user without an address",
      given: [
        { name: "a service has a token", params: { scope: "profiles" } },
        { name: "a user has a profile", params: { userId } },
      ],
      request: profileRequest(userId),
      response: { status: 200, body: { userId, name: like("Erika Example"), address: null } },
    },
    ...refusedProfiles,
  ],
};
