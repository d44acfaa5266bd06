import type { Client } from "k6/net/grpc";
import type { Product } from "./basket.ts";
import { connectOnce, invoke, loadClient } from "./grpc-door.ts";
import { logIn } from "./session.ts";
import type { Settings } from "./settings.ts";

const METHOD = "shop.inventory.v1.InventoryService/AdjustStock";
const INVENTORY = "shop/inventory/v1/inventory.proto";

// Only setup() adjusts the stock, and k6 runs it as user 0: the others need not read this proto.
const client: Client | undefined = __VU === 0 ? loadClient(INVENTORY) : undefined;

/** Puts on the shelf what is missing of `wanted` of each product, as Admin. */
export function replenish(settings: Settings, products: readonly Product[], wanted: number): void {
  const short = products.filter(({ available }) => available < wanted);
  if (client === undefined || short.length === 0) return;
  const { value } = logIn(settings, settings.adminUsername, settings.adminPassword);
  const connect = connectOnce(client, settings.inventoryTarget);
  for (const { id, available } of short) {
    const request = {
      adjustment_id: crypto.randomUUID(),
      product_id: id,
      delta: Math.min(1_000_000, wanted - available),
      reason: "load test",
    };
    const { error } = invoke(connect, METHOD, request, value, () => true);
    if (error !== undefined) throw new Error(explain(settings, error));
  }
  client.close();
}

/** More of each product than a run can sell: at most a visit a second of each user, three lines of two each. */
export function stockFor(userSeconds: number, productCount: number): number {
  return 200 + Math.ceil((userSeconds * 6) / productCount);
}

function explain({ inventoryTarget }: Settings, error: string): string {
  return (
    `Replenishing the stock at ${inventoryTarget} failed with ${error}. Set INVENTORY_TARGET (npm run load: --inventory-target) and ADMIN_USERNAME, ` +
    "ADMIN_PASSWORD; or STOCK=as-is, where there is enough of everything."
  );
}
