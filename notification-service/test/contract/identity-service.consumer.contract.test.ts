import { exampleToken, nobodysId, userId } from "@shop/contracts/boundaries/identity-interactions";
import { notificationToIdentity } from "@shop/contracts/boundaries/notification-service-to-identity-service";
import { describeHttpConsumer } from "@shop/contracts/http-consumer";
import { ownTokenCases, tokensFrom } from "@shop/contracts/http-own-tokens";
import { polledDocumentCases } from "@shop/contracts/http-polled-documents";
import { createRecipients } from "../../src/clients/recipients.ts";
import type { Recipient } from "../../src/clients/transport.ts";

const recipient: Recipient = { name: "Erika Example", email: "erika@example.com" };

describeHttpConsumer(notificationToIdentity, [
  ...ownTokenCases("notification-service"),
  ...polledDocumentCases("notification-service"),
  {
    asks: ["the profile of a user with an e-mail address"],
    call: (url) => expect(recipientOf(url)).resolves.toEqual(recipient),
  },
  {
    asks: ["the profile of a user without an e-mail address"],
    call: (url) => expect(recipientOf(url)).resolves.toBeUndefined(),
  },
  {
    asks: ["the profile of somebody who does not exist"],
    call: (url) => expect(recipientOf(url, { id: nobodysId })).resolves.toBeUndefined(),
  },
  {
    asks: ["a profile, with a token that does not count", "the profile of a user with an e-mail address"],
    call: (url) =>
      expect(recipientOf(url, { token: "an-example-of.a-token.that-does-not-count" })).resolves.toEqual(recipient),
  },
  {
    asks: ["a profile, with a token that is for something else"],
    times: 3,
    call: (url) => expect(recipientOf(url)).rejects.toMatchObject({ code: "UNAVAILABLE" }),
  },
]);

function recipientOf(url: string, { id = userId, token = exampleToken } = {}): Promise<Recipient | undefined> {
  return createRecipients(url, tokensFrom(token)).find(id, new AbortController().signal);
}
