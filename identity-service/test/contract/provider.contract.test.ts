import { gatewayToIdentity } from "@shop/contracts/boundaries/gateway-to-identity-service";
import { notificationToIdentity } from "@shop/contracts/boundaries/notification-service-to-identity-service";
import { orderToIdentity } from "@shop/contracts/boundaries/order-service-to-identity-service";
import {
  inventoryToIdentity,
  paymentToIdentity,
  shippingToIdentity,
} from "@shop/contracts/boundaries/participants-to-identity-service";
import { verifyHttpProvider } from "@shop/contracts/http-provider";
import { openProvider, type Provider } from "./_provider.ts";
import { identityStates } from "./_states.ts";

let provider: Provider;

beforeAll(async () => {
  provider = await openProvider();
});

afterAll(() => provider.close());

verifyHttpProvider(
  [
    orderToIdentity,
    notificationToIdentity,
    gatewayToIdentity,
    inventoryToIdentity,
    paymentToIdentity,
    shippingToIdentity,
  ],
  { url: () => provider.identity.url, states: identityStates(() => provider) },
);
