import { currentCorrelation } from "@shop/platform/correlation";
import { AppError, validationFailed } from "@shop/platform/errors";
import type { Call } from "@shop/platform/grpc-server";
import type { Queryable } from "@shop/platform/postgres";
import type { CreateOrderRequest, CreateOrderResponse } from "@shop/protos/gen/shop/orders/v1/orders";
import { ClosingError, type Engine, OverloadedError, StaleError } from "@shop/saga";
import type { Checkout } from "../checkout/checkout.ts";
import type { Profiles } from "../clients/profile-client.ts";
import type { Address } from "../domain/order.ts";
import { mintOrderId } from "../domain/order-id.ts";
import { fingerprint, type OrderRequest } from "../domain/order-request.ts";
import type { Events } from "../events.ts";
import { findOrder, findOrderByKey, type NewOrder, type OrderRecord } from "../store/orders.ts";
import { callingUser, type User } from "./caller.ts";
import { toOrderMessage } from "./order-message.ts";
import { parseCreateOrder } from "./parse-create-order.ts";
import { toSagaStatusMessage } from "./saga-message.ts";

const DEFAULT_PAYMENT_METHOD = "pm_ok";
/** Of the caller's deadline, what is kept for reading the order and for the way back. */
const ANSWER_MARGIN_MS = 250;

/** What CreateOrder needs. */
export interface CreateOrderDeps {
  readonly db: Queryable;
  readonly engine: Pick<Engine<Checkout, NewOrder>, "submit" | "settled">;
  readonly profiles: Profiles;
  readonly events: Events;
  readonly paymentMethods: readonly string[];
  readonly sandboxRules: boolean;
  readonly answerWithinMs: number;
  /** A new UUID at each call, version 7. */
  readonly mintId: () => string;
}

/** Places an order and answers when its saga has ended, is parked, or the caller's deadline is near. */
export async function createOrder(
  deps: CreateOrderDeps,
  message: CreateOrderRequest,
  call: Call,
): Promise<CreateOrderResponse> {
  const request = parseCreateOrder(message, deps.paymentMethods, call.metadata("idempotency-key"));
  const userId = ownerOf(request, callingUser(call));
  const earlier = request.shippingAddress ? undefined : await findEarlier(deps.db, userId, request);
  if (earlier !== undefined) return repeat(deps, earlier, { userId, request }, call);

  const shippingAddress = request.shippingAddress ?? (await profileAddress(deps.profiles, userId, call));
  const order = newOrder(deps, { userId, request, shippingAddress });
  const sagaId = deps.mintId();
  const outcome = await submit(deps, { id: sagaId, key: order.id, data: checkoutOf(order, call), entity: order });
  if (outcome instanceof AppError) {
    // What is refused is new work: whoever asks again for an order that exists is answered.
    const known = await findEarlier(deps.db, userId, request);
    if (known === undefined) throw outcome;
    return repeat(deps, known, { userId, request }, call);
  }
  switch (outcome) {
    case "created":
      deps.events.orderSubmitted({ orderId: order.id, userId, sagaId });
      return answer(deps, { sagaId, orderId: order.id, replayed: false }, call);
    case "conflict":
      return repeat(deps, await winnerOf(deps.db, order, request), { userId, request }, call);
    default:
      return outcome satisfies never;
  }
}

function ownerOf(request: OrderRequest, user: User): string {
  if (request.userId === undefined || request.userId === user.userId) return user.userId;
  if (user.role === "Admin") return request.userId;
  throw new AppError("PERMISSION_DENIED", "Only an Admin may order for another user.");
}

async function profileAddress(profiles: Profiles, userId: string, call: Call): Promise<Address> {
  const address = await profiles.addressOf(userId, call.signal);
  if (address !== undefined) return address;
  throw validationFailed([
    { field: "shipping_address", message: "is required, for the customer's profile has no address" },
  ]);
}

interface ResolvedRequest {
  readonly userId: string;
  readonly request: OrderRequest;
  readonly shippingAddress: Address;
}

function newOrder(deps: CreateOrderDeps, { userId, request, shippingAddress }: ResolvedRequest): NewOrder {
  return {
    id: request.orderId ?? mintOrderId(deps.mintId, deps.sandboxRules),
    userId,
    lines: request.lines,
    shippingAddress,
    paymentMethod: request.paymentMethod ?? DEFAULT_PAYMENT_METHOD,
    idempotencyKey: request.idempotencyKey,
    fingerprint: fingerprint(request),
  };
}

function checkoutOf(order: NewOrder, call: Call): Checkout {
  return {
    orderId: order.id,
    userId: order.userId,
    lines: order.lines,
    shippingAddress: order.shippingAddress,
    paymentMethod: order.paymentMethod,
    correlationId: call.correlationId,
    traceparent: currentCorrelation()?.traceparent,
  };
}

/** Starts the saga; an AppError says why this process takes no new one now. */
async function submit(
  { engine }: CreateOrderDeps,
  saga: Parameters<CreateOrderDeps["engine"]["submit"]>[0],
): Promise<"created" | "conflict" | AppError> {
  try {
    return await engine.submit(saga);
  } catch (err) {
    if (err instanceof OverloadedError) {
      const { retryAfterMs } = err;
      return new AppError("OVERLOADED", "Too many orders are under way; ask again later.", { retryAfterMs });
    }
    if (err instanceof ClosingError) {
      return new AppError("UNAVAILABLE", "The order service is shutting down; ask again.", { cause: err });
    }
    if (err instanceof StaleError) {
      return new AppError("UNAVAILABLE", "The order service cannot reach its database; ask again.", { cause: err });
    }
    throw err;
  }
}

/** An order that stands where a request would put its own, and what the two have in common. */
interface Earlier {
  readonly by: "key" | "orderId";
  readonly record: OrderRecord;
}

/** The order that this request may be a repetition of. */
async function findEarlier(db: Queryable, userId: string, request: OrderRequest): Promise<Earlier | undefined> {
  const byKey = request.idempotencyKey ? await findOrderByKey(db, userId, request.idempotencyKey) : undefined;
  if (byKey !== undefined) return { by: "key", record: byKey };
  const byId = request.orderId ? await findOrder(db, request.orderId) : undefined;
  return byId && { by: "orderId", record: byId };
}

async function winnerOf(db: Queryable, order: NewOrder, request: OrderRequest): Promise<Earlier> {
  const winner = await findEarlier(db, order.userId, { ...request, orderId: order.id });
  if (winner !== undefined) return winner;
  throw new AppError("UNAVAILABLE", "The order was placed at the same moment by another request; ask again.");
}

/** Answers as the first did, where this is the same request by the same user. */
async function repeat(
  deps: CreateOrderDeps,
  { by, record }: Earlier,
  { userId, request }: { readonly userId: string; readonly request: OrderRequest },
  call: Call,
): Promise<CreateOrderResponse> {
  const { order, saga } = record;
  const isSame = order.userId === userId && record.fingerprint === fingerprint(request);
  if (!isSame) throw by === "key" ? keyReused() : orderExists(order.id);
  return answer(deps, { sagaId: saga.id, orderId: order.id, replayed: true }, call);
}

function orderExists(orderId: string): AppError {
  return new AppError("ORDER_EXISTS", `The order ${orderId} exists already and is not this one.`);
}

function keyReused(): AppError {
  return new AppError("IDEMPOTENCY_KEY_REUSED", "This idempotency key was used with another request.");
}

async function answer(
  { db, engine, answerWithinMs }: CreateOrderDeps,
  { sagaId, orderId, replayed }: { readonly sagaId: string; readonly orderId: string; readonly replayed: boolean },
  call: Call,
): Promise<CreateOrderResponse> {
  const withinMs = Math.max(0, Math.min(answerWithinMs, call.remainingMs() - ANSWER_MARGIN_MS));
  await engine.settled(sagaId, { withinMs, signal: call.signal });
  const found = await findOrder(db, orderId);
  if (found === undefined) throw new AppError("INTERNAL", `The order ${orderId} is gone.`);
  return { order: toOrderMessage(found.order), sagaStatus: toSagaStatusMessage(found.saga.status), replayed };
}
