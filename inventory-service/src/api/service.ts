import type { RpcTable } from "@shop/platform/grpc-server";
import type { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { InventoryEvents } from "../events.ts";
import type { Database } from "../store/database.ts";
import type { ReservationBook } from "../store/reservation-book.ts";
import { adjustStockRpc } from "./adjust-stock.ts";
import { checkAvailabilityRpc } from "./check-availability.ts";
import { commitInventoryRpc } from "./commit-inventory.ts";
import { getProductRpc } from "./get-product.ts";
import { listProductsRpc } from "./list-products.ts";
import { releaseInventoryRpc } from "./release-inventory.ts";
import { reserveInventoryRpc } from "./reserve-inventory.ts";

/** What the RPCs stand on. */
export interface ServiceParts {
  readonly database: Database;
  readonly book: ReservationBook;
  readonly events: InventoryEvents;
}

/** Every RPC of shop.inventory.v1.InventoryService. */
export function inventoryRpcs(parts: ServiceParts): RpcTable<typeof InventoryServiceService> {
  return {
    listProducts: listProductsRpc(parts),
    getProduct: getProductRpc(parts),
    checkAvailability: checkAvailabilityRpc(parts),
    reserveInventory: reserveInventoryRpc(parts),
    commitInventory: commitInventoryRpc(parts),
    releaseInventory: releaseInventoryRpc(parts),
    adjustStock: adjustStockRpc(parts),
  };
}
