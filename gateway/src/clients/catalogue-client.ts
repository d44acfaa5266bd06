import { AppError } from "@shop/platform/errors";
import { createRpcClient } from "@shop/platform/grpc-client";
import type { Log } from "@shop/platform/logging";
import { retryRead } from "@shop/platform/resilience";
import type { Tls } from "@shop/platform/tls";
import { InventoryServiceService, type Product } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { ProductDocument, ProductPage } from "../domain/documents.ts";
import type { PageRequest } from "../domain/page-request.ts";
import { toRestError } from "../domain/rest-errors.ts";
import { wireAmount } from "./wire-amount.ts";

const READ_TIMEOUT_MS = 3_000;
const READ_ATTEMPTS = 2;

/** The catalogue as the REST edge needs it; it is open to everybody. */
export interface Catalogue {
  list(page: PageRequest, signal: AbortSignal): Promise<ProductPage>;
  read(productId: string, signal: AbortSignal): Promise<ProductDocument>;
  close(): void;
}

/** Connects to the inventory service at `address`. */
export function createCatalogue({ address, log, tls }: { address: string; log: Log; tls?: Tls }): Catalogue {
  const client = createRpcClient(InventoryServiceService, { address, log, tls });
  const options = (signal: AbortSignal) => ({ timeoutMs: READ_TIMEOUT_MS, signal });
  return {
    list: ({ pageSize = 0, pageToken = "" }, signal) =>
      read(signal, async () => {
        const { products, nextPageToken } = await client.listProducts({ pageSize, pageToken }, options(signal));
        return { products: products.map(toProductDocument), nextPageToken };
      }),
    read: (productId, signal) =>
      read(signal, async () => {
        const { product } = await client.getProduct({ productId }, options(signal));
        if (!product) throw new AppError("INTERNAL", "The inventory service's answer is incomplete.");
        return toProductDocument(product);
      }),
    close: () => client.close(),
  };
}

async function read<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await retryRead(call, { attempts: READ_ATTEMPTS, signal });
  } catch (err) {
    throw toRestError(err, { unavailable: "The catalogue cannot be read now.", fields: { product_id: "id" } });
  }
}

function toProductDocument({ id, sku, name, price, available }: Product): ProductDocument {
  if (!price) throw new AppError("INTERNAL", "The inventory service answered with a product that has no price.");
  return { id, sku, name, price: wireAmount(price), available };
}
