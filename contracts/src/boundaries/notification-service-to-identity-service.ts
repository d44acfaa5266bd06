import type { HttpBoundary } from "../http-interaction.ts";
import { ownToken, polledDocuments, profileRequest, refusedProfiles, userId } from "./identity-interactions.ts";

const recipient = { name: "Erika Example", email: "erika@example.com" };

/** The notification service verifies who calls it, and asks whom to write to. */
export const notificationToIdentity: HttpBoundary = {
  consumer: "notification-service",
  provider: "identity-service",
  interactions: [
    ...ownToken("notification-service", "profiles"),
    ...polledDocuments,
    {
      description: "the profile of a user with an e-mail address",
      given: [
        { name: "a service has a token", params: { scope: "profiles" } },
        { name: "a user has a profile", params: { userId, ...recipient } },
      ],
      request: profileRequest(userId),
      response: { status: 200, headers: { "cache-control": "no-store" }, body: { userId, ...recipient } },
    },
    {
      description: "the profile of a user without an e-mail address",
      given: [
        { name: "a service has a token", params: { scope: "profiles" } },
        { name: "a user has a profile", params: { userId, name: recipient.name, email: "" } },
      ],
      request: profileRequest(userId),
      response: { status: 200, body: { userId, name: recipient.name, email: "" } },
    },
    ...refusedProfiles,
  ],
};
