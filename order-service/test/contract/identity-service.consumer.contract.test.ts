import { exampleToken, nobodysId, userId } from "@shop/contracts/boundaries/identity-interactions";
import { orderToIdentity } from "@shop/contracts/boundaries/order-service-to-identity-service";
import { describeHttpConsumer } from "@shop/contracts/http-consumer";
import { ownTokenCases, tokensFrom } from "@shop/contracts/http-own-tokens";
import { polledDocumentCases } from "@shop/contracts/http-polled-documents";
import { createProfileClient } from "../../src/clients/profile-client.ts";
import type { Address } from "../../src/domain/order.ts";

const address: Address = {
  street: "1 Example Street",
  city: "Springfield",
  state: "IL",
  zipCode: "62701",
  country: "US",
};

describeHttpConsumer(orderToIdentity, [
  ...ownTokenCases("order-service"),
  ...polledDocumentCases("order-service"),
  {
    asks: ["the profile of a user with an address"],
    call: (url) => expect(addressOf(url)).resolves.toEqual(address),
  },
  {
    asks: ["the profile of a user without a state in the address"],
    call: (url) => expect(addressOf(url)).resolves.toEqual({ ...address, state: "" }),
  },
  {
    asks: ["the profile of a user without an address"],
    call: (url) => expect(addressOf(url)).resolves.toBeUndefined(),
  },
  {
    asks: ["the profile of somebody who does not exist"],
    call: (url) => expect(addressOf(url, { id: nobodysId })).resolves.toBeUndefined(),
  },
  {
    asks: ["a profile, with a token that does not count", "the profile of a user with an address"],
    call: (url) =>
      expect(addressOf(url, { token: "an-example-of.a-token.that-does-not-count" })).resolves.toEqual(address),
  },
  {
    asks: ["a profile, with a token that is for something else"],
    times: 3,
    call: (url) => expect(addressOf(url)).rejects.toMatchObject({ code: "UNAVAILABLE" }),
  },
]);

function addressOf(url: string, { id = userId, token = exampleToken } = {}): Promise<Address | undefined> {
  return createProfileClient(url, tokensFrom(token)).addressOf(id, new AbortController().signal);
}
