import { validationFailed } from "@shop/platform/errors";
import type { Rpc } from "@shop/platform/grpc-server";
import { collectViolations } from "@shop/platform/validation";
import type { ListProductsRequest, ListProductsResponse } from "@shop/protos/gen/shop/inventory/v1/inventory";
import type { Database } from "../store/database.ts";
import { listProducts } from "../store/list-products.ts";
import { toProductMessage } from "./messages.ts";
import { readPageToken, writePageToken } from "./page-token.ts";

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

export function listProductsRpc({ database }: { database: Database }): Rpc<ListProductsRequest, ListProductsResponse> {
  return {
    access: "anyone",
    async handle(request) {
      const { afterSku, pageSize } = parseListProducts(request);
      const products = await listProducts(database, { afterSku, limit: pageSize + 1 });
      const page = products.slice(0, pageSize);
      const last = products.length > pageSize ? page.at(-1) : undefined;
      return {
        products: page.map(toProductMessage),
        nextPageToken: last === undefined ? "" : writePageToken(last.sku),
      };
    },
  };
}

export function parseListProducts({ pageSize, pageToken }: ListProductsRequest): {
  afterSku: string;
  pageSize: number;
} {
  const violations = collectViolations();
  const size = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
  violations.integer("page_size", size, { min: 1, max: MAX_PAGE_SIZE });
  const afterSku = pageToken === "" ? "" : readPageToken(pageToken);
  if (afterSku === undefined) violations.add("page_token", "must come from an earlier answer");
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { afterSku: afterSku ?? "", pageSize: size };
}
