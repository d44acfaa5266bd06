import { AppError, validationFailed } from "@shop/platform/errors";
import type { Rpc } from "@shop/platform/grpc-server";
import { collectViolations } from "@shop/platform/validation";
import type { GetProductRequest, GetProductResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { asProductId, type ProductId } from "../domain/ids.ts";
import type { Database } from "../store/database.ts";
import { readProducts } from "../store/read-products.ts";
import { toProductMessage } from "./messages.ts";

export function getProductRpc({ database }: { database: Database }): Rpc<GetProductRequest, GetProductResponse> {
  return {
    access: "anyone",
    async handle(request) {
      const productId = parseGetProduct(request);
      const product = (await readProducts(database, [productId])).get(productId);
      if (product === undefined) throw new AppError("NOT_FOUND", `There is no product ${productId}.`);
      return { product: toProductMessage(product) };
    },
  };
}

export function parseGetProduct(request: GetProductRequest): ProductId {
  const violations = collectViolations();
  const id = violations.uuid("product_id", request.productId);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return asProductId(id);
}
