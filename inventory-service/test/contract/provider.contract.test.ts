import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { gatewayToInventory } from "@shop/contracts/boundaries/gateway-to-inventory-service";
import { orderToInventory } from "@shop/contracts/boundaries/order-service-to-inventory-service";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { type StateHandler, verifyProvider } from "@shop/contracts/verify-provider";
import { asProductId } from "../../src/domain/ids.ts";
import { insertProducts } from "../../src/store/insert-products.ts";
import { type RunningService, runService } from "../_running-service.ts";

type Params = Parameters<StateHandler>[0];

let service: RunningService;
beforeAll(async () => {
  // The sweeper runs when the service starts and not again: what has expired is what a state says.
  service = await runService({ RESERVATION_SWEEP_SECONDS: "3600" });
});
afterAll(() => service.close());

verifyProvider([orderToInventory, gatewayToInventory], {
  address: () => `127.0.0.1:${service.context.ports.grpc}`,
  token: (interaction, { consumer }) => (consumer === "gateway" ? undefined : serviceToken(interaction)),
  states: {
    ...tokenStates,
    "the sandbox finds nothing for orders that end in 0": async () => undefined,
    "the catalogue is empty": async () => {
      await service.context.database.query("TRUNCATE products CASCADE");
    },
    "a product is on the shelf": putOnShelf,
    "a reservation is HELD": hold,
    "a reservation is REFUSED": reserve,
    "a reservation is COMMITTED": async (params) => {
      await hold(params);
      await service.client.commitInventory({ orderId: String(params.orderId) }, service.as());
    },
    "a reservation is RELEASED": async (params) => {
      await hold(params);
      await release(params);
    },
    "a reservation is EXPIRED": async (params) => {
      await hold(params);
      await service.context.database.query("UPDATE reservations SET status = 'EXPIRED' WHERE order_id = $1", [
        params.orderId,
      ]);
    },
    "an order was released": release,
  },
});

function serviceToken(interaction: RpcInteraction): string | undefined {
  return tokenFor(interaction, {
    valid: service.identity.serviceToken({ scopes: ["inventory"] }),
    ofAnotherScope: service.identity.serviceToken({ scopes: ["payments", "shipping"] }),
  });
}

/** Also where it stands there already, with another price or less of it. */
async function putOnShelf({ productId, name, minorUnits, currency, onHand }: Params): Promise<void> {
  const { database } = service.context;
  const price = { minorUnits: Number(minorUnits), currency: String(currency) };
  const id = asProductId(String(productId));
  await insertProducts(database, [{ id, sku: id, name: String(name), price, onHand: Number(onHand), reserved: 0 }]);
  await database.query("UPDATE products SET price_minor = $2, on_hand = $3 WHERE id = $1", [id, minorUnits, onHand]);
}

async function reserve({ orderId, productId, quantity }: Params): Promise<void> {
  const line = { productId: String(productId), quantity: Number(quantity), expectedUnitPrice: undefined };
  await service.client.reserveInventory({ orderId: String(orderId), lines: [line] }, service.as());
}

async function hold(params: Params): Promise<void> {
  await reserve(params);
  const { rowCount } = await service.context.database.query(
    "UPDATE reservations SET expires_at = $2 WHERE order_id = $1 AND status = 'HELD'",
    [params.orderId, params.expiresAt],
  );
  if (rowCount !== 1) throw new Error(`The order ${params.orderId} does not hold its lines.`);
}

async function release({ orderId }: Params): Promise<void> {
  await service.client.releaseInventory({ orderId: String(orderId) }, service.as());
}
