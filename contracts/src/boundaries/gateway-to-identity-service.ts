import type { HttpBoundary } from "../http-interaction.ts";
import { administration } from "./gateway-identity-administration.ts";
import { logins } from "./gateway-identity-logins.ts";
import { oauth } from "./gateway-identity-oauth.ts";
import { polledDocuments } from "./identity-interactions.ts";

/** The gateway passes on what clients ask of identity, as they ask it, and verifies tokens by what identity publishes. */
export const gatewayToIdentity: HttpBoundary = {
  consumer: "gateway",
  provider: "identity-service",
  interactions: [...logins, ...oauth, ...administration, ...polledDocuments],
};
