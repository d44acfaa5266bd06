import { gatewayToInventory, product } from "@shop/contracts/boundaries/gateway-to-inventory-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { silentLog } from "@shop/platform/logging";
import { GetProductRequest, ListProductsRequest } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { type Catalogue, createCatalogue } from "../../src/clients/catalogue-client.ts";
import { call, outcomeOf, requestOf } from "./_call.ts";

const lamp = documentOf(1, 250);
const soldOut = documentOf(2, 0);

/** What the gateway's client makes of each answer. */
const outcomes: Readonly<Record<string, unknown>> = {
  "the whole catalogue, in which one product is sold out": { products: [lamp, soldOut], nextPageToken: "" },
  "the first page of the catalogue": { products: [lamp], nextPageToken: expect.stringMatching(/\S/) },
  "the last page of the catalogue": { products: [soldOut], nextPageToken: "" },
  "a catalogue with nothing in it": { products: [], nextPageToken: "" },
  "a page that there is not, and too large a one": { code: "VALIDATION_FAILED", fields: ["pageSize", "pageToken"] },
  "a product": lamp,
  "a product that is sold out": soldOut,
  "a product that there is not": { code: "NOT_FOUND" },
  "a product by something that is no id": { code: "VALIDATION_FAILED", fields: ["id"] },
};

describeConsumer(gatewayToInventory, {
  async call(interaction, address) {
    const catalogue = createCatalogue({ address, log: silentLog() });
    try {
      const outcome = await outcomeOf(ask(catalogue, interaction));
      expect({ [interaction.description]: outcome }).toEqual({
        [interaction.description]: outcomes[interaction.description],
      });
      expect(outcome).toBeDefined();
    } finally {
      catalogue.close();
    }
  },
});

function ask(catalogue: Catalogue, interaction: RpcInteraction): Promise<unknown> {
  switch (interaction.method) {
    case "ListProducts":
      return catalogue.list(requestOf(interaction, ListProductsRequest), call.signal);
    case "GetProduct":
      return catalogue.read(requestOf(interaction, GetProductRequest).productId, call.signal);
    default:
      throw new Error(`The gateway's client does not call ${interaction.method}.`);
  }
}

function documentOf(number: number, available: number) {
  const price = { amount: "12.99", currency: "USD" };
  return { id: product(number), sku: product(number), name: `Desk lamp ${number}`, price, available };
}
