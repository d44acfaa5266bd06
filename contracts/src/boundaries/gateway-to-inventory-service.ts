import type { ProviderState, RpcBoundary, RpcInteraction } from "../interaction.ts";
import { type Expected, matching } from "../match.ts";

const price = { currencyCode: "USD", units: "12", nanos: 990_000_000 };
const empty = { name: "the catalogue is empty" };

/** Asks for the page after product 1; only the inventory reads anything out of it. */
const tokenAfter1 = Buffer.from(`after:${product(1)}`).toString("base64url");

const lists: readonly RpcInteraction[] = [
  list(
    "the whole catalogue, in which one product is sold out",
    {},
    {
      products: [message(1, { available: 250 }), message(2)],
    },
  ),
  list(
    "the first page of the catalogue",
    { pageSize: 1 },
    {
      products: [message(1, { available: 250 })],
      nextPageToken: matching(/\S+/, tokenAfter1),
    },
  ),
  list("the last page of the catalogue", { pageSize: 1, pageToken: tokenAfter1 }, { products: [message(2)] }),
  { ...list("a catalogue with nothing in it", {}, {}), given: [empty] },
  {
    ...list("a page that there is not, and too large a one", { pageSize: 5000, pageToken: "no-token" }, {}),
    response: invalid("page_size", "page_token"),
  },
];

const products: readonly RpcInteraction[] = [
  read("a product", product(1), { message: { product: message(1, { available: 250 }) } }),
  read("a product that is sold out", product(2), { message: { product: message(2) } }),
  read("a product that there is not", product(404), { error: { code: "NOT_FOUND" } }),
  read("a product by something that is no id", "no-product", invalid("product_id")),
];

/** The gateway shows the catalogue to everybody: it brings no token. */
export const gatewayToInventory: RpcBoundary = {
  consumer: "gateway",
  provider: "inventory-service",
  proto: "shop/inventory/v1/inventory.proto",
  service: "shop.inventory.v1.InventoryService",
  interactions: [...lists, ...products],
};

/** The id of one of the products. */
export function product(number: number): string {
  return `01900000-0000-7000-9000-0000000c${String(number).padStart(4, "0")}`;
}

function list(description: string, request: Expected, answer: Expected): RpcInteraction {
  return { description, given: catalogue(), method: "ListProducts", request, response: { message: answer } };
}

function read(description: string, productId: string, response: RpcInteraction["response"]): RpcInteraction {
  return { description, given: catalogue(), method: "GetProduct", request: { productId }, response };
}

function catalogue(): readonly ProviderState[] {
  return [empty, onShelf(1, 250), onShelf(2, 0)];
}

function onShelf(number: number, onHand: number): ProviderState {
  const of = { productId: product(number), name: `Desk lamp ${number}`, minorUnits: 1299, currency: "USD" };
  return { name: "a product is on the shelf", params: { ...of, onHand } };
}

/** A product as the service tells of it: nothing is said of how many there are of one that is sold out. */
function message(number: number, change: Readonly<Record<string, Expected>> = {}): Expected {
  return { id: product(number), sku: matching(/\S+/, product(number)), name: `Desk lamp ${number}`, price, ...change };
}

function invalid(...fields: readonly string[]) {
  return { error: { code: "INVALID_ARGUMENT", reason: "VALIDATION_FAILED", fields } } as const;
}
