import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import type { Log } from "@shop/platform/logging";
import { retryRead } from "@shop/platform/resilience";
import type { Tls } from "@shop/platform/tls";
import { OrderServiceService, SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import type { OrderDocument, OrderPage, SagaDocument } from "../domain/documents.ts";
import type { NewOrder } from "../domain/new-order.ts";
import type { PageRequest } from "../domain/page-request.ts";
import { toRestError } from "../domain/rest-errors.ts";
import { followSaga } from "./follow-saga.ts";
import { toCreateOrderRequest, toOrderDocument, toSagaDocument } from "./order-messages.ts";
import { present } from "./wire-values.ts";

/** The order service answers CreateOrder after at most 10 s; this leaves its answer time to arrive. */
const CREATE_TIMEOUT_MS = 12_000;
const READ_TIMEOUT_MS = 3_000;
const READ_ATTEMPTS = 2;

/** A stream is replaced after this time, as its connection is. */
const WATCH_TIMEOUT_MS = 600_000;
const OUTCOME_UNKNOWN =
  "Orders cannot be placed now. This one may have been placed all the same: repeat it with the same Idempotency-Key or orderId.";

/** For whom a call is made, and for how long it matters. */
export interface CallFor {
  /** The user's token as it came in, with its scheme. */
  readonly authorization: string;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** What became of a new order. */
export interface PlacedOrder {
  readonly order: OrderDocument;
  /** True when the saga has ended, whichever way. */
  readonly isEnded: boolean;
  /** True when this answers a request that was made before. */
  readonly isReplayed: boolean;
}

/** The order service as the REST edge needs it. Errors are AppErrors with the fields of the request's JSON. */
export interface Orders {
  place(order: NewOrder, call: CallFor): Promise<PlacedOrder>;
  read(orderId: string, call: CallFor): Promise<OrderDocument>;
  readSaga(orderId: string, call: CallFor): Promise<SagaDocument>;
  /** An order's saga as it stands, then as it goes on until it has ended, whatever becomes of the connection. */
  follow(orderId: string, call: CallFor): AsyncGenerator<SagaDocument, void>;
  /** One user's orders, or everybody's where `userId` is "-". */
  list(userId: string, page: PageRequest, call: CallFor): Promise<OrderPage>;
  close(): void;
}

/** Connects to the order service at `address`. */
export function createOrders({ address, log, tls }: { address: string; log: Log; tls?: Tls }): Orders {
  const client = createRpcClient(OrderServiceService, { address, log, tls });
  return {
    place: (order, call) => place(client, order, call),
    read: (orderId, call) =>
      readById(call, async () => {
        const { order } = await client.getOrder({ orderId }, { ...call, timeoutMs: READ_TIMEOUT_MS });
        return toOrderDocument(present(order));
      }),
    readSaga: (orderId, call) =>
      readById(call, async () => {
        const { saga } = await client.getSaga({ orderId }, { ...call, timeoutMs: READ_TIMEOUT_MS });
        return toSagaDocument(present(saga));
      }),
    follow: (orderId, call) => followSaga((signal) => watch(client, orderId, { ...call, signal }), call.signal),
    list: (userId, { pageSize = 0, pageToken = "" }, call) =>
      readById(call, async () => {
        const options = { ...call, timeoutMs: READ_TIMEOUT_MS };
        const { orders, nextPageToken } = await client.listOrders({ userId, pageSize, pageToken }, options);
        return { orders: orders.map(toOrderDocument), nextPageToken };
      }),
    close: () => client.close(),
  };
}

async function place(
  client: RpcClient<typeof OrderServiceService>,
  order: NewOrder,
  call: CallFor,
): Promise<PlacedOrder> {
  try {
    const options = { ...call, timeoutMs: CREATE_TIMEOUT_MS, idempotencyKey: order.idempotencyKey };
    const answer = await client.createOrder(toCreateOrderRequest(order), options);
    return {
      order: toOrderDocument(present(answer.order)),
      isEnded: hasEnded(answer.sagaStatus),
      isReplayed: answer.replayed,
    };
  } catch (err) {
    throw toRestError(err, { unavailable: OUTCOME_UNKNOWN, fields: { idempotency_key: "Idempotency-Key" } });
  }
}

async function* watch(
  client: RpcClient<typeof OrderServiceService>,
  orderId: string,
  call: CallFor,
): AsyncGenerator<SagaDocument, void> {
  try {
    for await (const { saga } of client.watchOrder({ orderId }, { ...call, timeoutMs: WATCH_TIMEOUT_MS })) {
      yield toSagaDocument(present(saga));
    }
  } catch (err) {
    throw readError(err);
  }
}

async function readById<T>({ signal }: CallFor, read: () => Promise<T>): Promise<T> {
  try {
    return await retryRead(read, { attempts: READ_ATTEMPTS, signal });
  } catch (err) {
    throw readError(err);
  }
}

function readError(err: unknown): unknown {
  return toRestError(err, { unavailable: "Orders cannot be read now.", fields: { order_id: "id" } });
}

function hasEnded(status: SagaStatus): boolean {
  switch (status) {
    case SagaStatus.SAGA_STATUS_COMPLETED:
    case SagaStatus.SAGA_STATUS_FAILED:
    case SagaStatus.SAGA_STATUS_COMPENSATED:
      return true;
    case SagaStatus.SAGA_STATUS_STARTED:
    case SagaStatus.SAGA_STATUS_IN_PROGRESS:
    case SagaStatus.SAGA_STATUS_COMPENSATING:
    case SagaStatus.SAGA_STATUS_PARKED:
    case SagaStatus.SAGA_STATUS_UNSPECIFIED:
    case SagaStatus.UNRECOGNIZED:
      return false;
    default:
      return status satisfies never;
  }
}
