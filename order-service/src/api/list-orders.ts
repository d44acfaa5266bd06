import { AppError, validationFailed } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import { microsecondsKey, type Page, parsePage, uuidKey } from "@shop/platform/paging";
import type { Queryable } from "@shop/platform/postgres";
import { collectViolations } from "@shop/platform/validation";
import type { ListOrdersRequest, ListOrdersResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { listOrders as readOrders } from "../store/list-orders.ts";
import { callingUser, looksAfterOrders, maySee, type User } from "./caller.ts";
import { toOrderMessage } from "./order-message.ts";

/** Stands for every user in a request. */
const EVERYBODY = "-";

/** Reads a page of one user's orders, or of everybody's, the newest first. */
export async function listOrders(db: Queryable, request: ListOrdersRequest, call: Call): Promise<ListOrdersResponse> {
  const user = callingUser(call);
  const { userId, page } = parseListOrders(request, user.userId);
  refuseUnlessAllowed(user, userId);
  const { limit, after } = page;
  const orders = await readOrders(db, { userId, limit, after });
  const { rows, nextPageToken } = page.cut(orders, ({ keys }) => keys);
  return { orders: rows.map(({ order }) => toOrderMessage(order)), nextPageToken };
}

/**
 * Whose orders are asked for (everybody's: undefined), and which page of them.
 *
 * @throws AppError VALIDATION_FAILED with every field that is wrong.
 */
export function parseListOrders(
  request: ListOrdersRequest,
  callerId: string,
): { readonly userId?: string; readonly page: Page } {
  const violations = collectViolations();
  const userId = parseUserId(request.userId || callerId);
  const page = parsePage(request, { filter: ["orders", userId], keys: [microsecondsKey, uuidKey] }, violations);
  if (violations.list.length > 0) throw validationFailed(violations.list);
  return { userId, page };

  function parseUserId(value: string): string | undefined {
    return value === EVERYBODY ? undefined : violations.uuid("user_id", value);
  }
}

function refuseUnlessAllowed(user: User, userId: string | undefined): void {
  if (userId === undefined && !looksAfterOrders(user)) {
    throw new AppError("PERMISSION_DENIED", "Only an operator or an Admin may list everybody's orders.");
  }
  if (userId !== undefined && !maySee(user, userId)) {
    throw new AppError("NOT_FOUND", `There is no user ${userId}.`);
  }
}
