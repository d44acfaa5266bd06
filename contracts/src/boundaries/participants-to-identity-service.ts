import type { HttpBoundary } from "../http-interaction.ts";
import { polledDocuments } from "./identity-interactions.ts";

/** The participants prove themselves to nobody; they verify the tokens of who calls them. */
export const inventoryToIdentity = verifierOf("inventory-service");
export const paymentToIdentity = verifierOf("payment-service");
export const shippingToIdentity = verifierOf("shipping-service");

function verifierOf(consumer: string): HttpBoundary {
  return { consumer, provider: "identity-service", interactions: polledDocuments };
}
