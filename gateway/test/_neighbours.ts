import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TokenVerifier } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { type Call, createGrpcServer, type RpcTable } from "@shop/platform/grpc-server";
import { silentLog } from "@shop/platform/logging";
import { createMetrics } from "@shop/platform/metrics";
import { InventoryServiceService, type Product } from "@shop/protos/gen/shop/inventory/v1/inventory";
import {
  type DeadLetter,
  DeadLetterStatus,
  type ListDeadLettersRequest,
  type ListSagasRequest,
  type ResolveSagaRequest,
  type RetrySagaRequest,
  SagaOperatorServiceService,
} from "@shop/protos/gen/shop/orders/v1/operator";
import {
  type CreateOrderRequest,
  type CreateOrderResponse,
  type ListOrdersRequest,
  type Order,
  OrderServiceService,
  OrderStatus,
  type Saga,
  SagaStatus,
  StepStatus,
  type WatchOrderResponse,
} from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId } from "@shop/testkit/identity";

export const orderId = "01900000-0000-7000-8000-0000000000aa";
export const sagaId = "01900000-0000-7000-8000-0000000000ab";
export const productId = "01900000-0000-7000-9000-000000000001";

const usd = (units: number, nanos = 0) => ({ currencyCode: "USD", units: BigInt(units), nanos });
const acceptedAt = new Date("2026-01-31T09:30:00.000Z");

/** A completed order of two lamps; `change` says what is otherwise. */
export function wireOrder(change: Partial<Order> = {}): Order {
  return {
    id: orderId,
    userId: aliceId,
    status: OrderStatus.ORDER_STATUS_COMPLETED,
    items: [{ productId, name: "Desk lamp", quantity: 2, unitPrice: usd(1299, 990_000_000) }],
    totalAmount: usd(2599, 980_000_000),
    shippingAddress: { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" },
    failure: undefined,
    createdAt: acceptedAt,
    updatedAt: acceptedAt,
    ...change,
  };
}

/** The order service's answer to a good order; `change` says what is otherwise. */
export function wirePlaced(change: Partial<CreateOrderResponse> = {}): CreateOrderResponse {
  return { order: wireOrder(), sagaStatus: SagaStatus.SAGA_STATUS_COMPLETED, replayed: false, ...change };
}

/** A saga that was turned round; `change` says what is otherwise. */
export function wireSaga(change: Partial<Saga> = {}): Saga {
  const entry = { message: "", attempt: 1, timestamp: acceptedAt };
  return {
    id: sagaId,
    orderId,
    status: SagaStatus.SAGA_STATUS_COMPENSATED,
    currentStep: "ProcessPayment",
    history: [
      { ...entry, step: "ReserveInventory", status: StepStatus.STEP_STATUS_COMPLETED },
      { ...entry, step: "ProcessPayment", status: StepStatus.STEP_STATUS_REFUSED, message: "declined" },
      { ...entry, step: "ReleaseInventory", status: StepStatus.STEP_STATUS_RUNNING, attempt: 3 },
    ],
    startedAt: acceptedAt,
    completedAt: acceptedAt,
    ...change,
  };
}

/** A refund that was given up; `change` says what is otherwise. */
export function wireDeadLetter(change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: "17",
    sagaId,
    orderId,
    step: "RefundPayment",
    status: DeadLetterStatus.DEAD_LETTER_STATUS_OPEN,
    reason: "UNAVAILABLE",
    attempts: 4,
    lastError: "The provider cannot be reached.",
    request: { orderId, items: [{ productId, quantity: 2 }] },
    createdAt: acceptedAt,
    updatedAt: acceptedAt,
    ...change,
  };
}

export const lamp: Product = { id: productId, sku: "LAMP-01", name: "Desk lamp", price: usd(39), available: 250 };

/** Services that answer as a test tells them to, and remember what they were asked. */
export interface Neighbours {
  readonly ordersAddress: string;
  readonly inventoryAddress: string;
  /** What the order service does with a new order. */
  onCreateOrder: (request: CreateOrderRequest, call: Call) => CreateOrderResponse | Promise<CreateOrderResponse>;
  onGetOrder: (orderId: string) => Order;
  onGetSaga: (orderId: string) => Saga;
  /** What the order service tells of a saga that is watched. */
  onWatchOrder: (orderId: string, call: Call) => AsyncGenerator<WatchOrderResponse>;
  onListProducts: (pageSize: number, pageToken: string) => { products: Product[]; nextPageToken: string };
  onListOrders: (request: ListOrdersRequest) => { orders: Order[]; nextPageToken: string };
  onListSagas: (request: ListSagasRequest) => { sagas: Saga[]; nextPageToken: string };
  onListDeadLetters: (request: ListDeadLettersRequest) => { deadLetters: DeadLetter[]; nextPageToken: string };
  onGetDeadLetter: (deadLetterId: string) => DeadLetter;
  /** What the order service does when an operator asks something of a saga. */
  onSagaRequest: (name: "retry" | "compensate" | "resolve", request: RetrySagaRequest | ResolveSagaRequest) => Saga;
  /** The new orders that came in. */
  readonly created: { request: CreateOrderRequest; call: Call }[];
  close(): Promise<void>;
}

/** Starts an order service and an inventory service, both of them fakes behind real doors. */
export async function startNeighbours(verifier: TokenVerifier): Promise<Neighbours> {
  const neighbours = {
    onCreateOrder: () => wirePlaced(),
    onGetOrder: () => wireOrder(),
    onGetSaga: () => wireSaga(),
    async *onWatchOrder() {
      yield { order: wireOrder(), saga: wireSaga() };
    },
    onListProducts: () => ({ products: [lamp], nextPageToken: "" }),
    onListOrders: () => ({ orders: [wireOrder()], nextPageToken: "" }),
    onListSagas: () => ({ sagas: [wireSaga()], nextPageToken: "" }),
    onListDeadLetters: () => ({ deadLetters: [wireDeadLetter()], nextPageToken: "" }),
    onGetDeadLetter: () => wireDeadLetter(),
    onSagaRequest: () => wireSaga(),
    created: [],
  } as unknown as Neighbours;
  const options = { host: "127.0.0.1", port: 0, log: silentLog(), verifier, drainMs: 100 };
  const orders = createGrpcServer({ ...options, metrics: createMetrics("orders") });
  orders.addService(OrderServiceService, orderRpcs(neighbours));
  orders.addService(SagaOperatorServiceService, operatorRpcs(neighbours));
  const inventory = createGrpcServer({ ...options, metrics: createMetrics("inventory") });
  inventory.addService(InventoryServiceService, inventoryRpcs(neighbours));
  await Promise.all([orders.start(), inventory.start()]);
  return Object.assign(neighbours, {
    ordersAddress: `127.0.0.1:${orders.port}`,
    inventoryAddress: `127.0.0.1:${inventory.port}`,
    close: async () => {
      await Promise.all([orders.close(), inventory.close()]);
    },
  });
}

const access = { user: ["customer", "operator", "Admin"] } as const;
const operatorsOnly = { user: ["operator", "Admin"] } as const;

function orderRpcs(neighbours: Neighbours): RpcTable<typeof OrderServiceService> {
  return {
    createOrder: {
      access,
      handle: async (request, call) => {
        neighbours.created.push({ request, call });
        return neighbours.onCreateOrder(request, call);
      },
    },
    getOrder: { access, handle: async (request) => ({ order: neighbours.onGetOrder(request.orderId) }) },
    getSaga: { access, handle: async (request) => ({ saga: neighbours.onGetSaga(request.orderId) }) },
    listOrders: { access, handle: async (request) => neighbours.onListOrders(request) },
    watchOrder: { access, handle: (request, call) => neighbours.onWatchOrder(request.orderId, call) },
  };
}

function operatorRpcs(neighbours: Neighbours): RpcTable<typeof SagaOperatorServiceService> {
  const asked = (name: Parameters<Neighbours["onSagaRequest"]>[0]) => ({
    access: operatorsOnly,
    handle: async (request: RetrySagaRequest) => ({ saga: neighbours.onSagaRequest(name, request) }),
  });
  return {
    listSagas: { access: operatorsOnly, handle: async (request) => neighbours.onListSagas(request) },
    retrySaga: asked("retry"),
    compensateSaga: asked("compensate"),
    resolveSaga: asked("resolve"),
    listDeadLetters: { access: operatorsOnly, handle: async (request) => neighbours.onListDeadLetters(request) },
    getDeadLetter: {
      access: operatorsOnly,
      handle: async (request) => ({ deadLetter: neighbours.onGetDeadLetter(request.deadLetterId) }),
    },
  };
}

function inventoryRpcs(neighbours: Neighbours): RpcTable<typeof InventoryServiceService> {
  const unused = {
    access: "anyone",
    handle: async (): Promise<never> => {
      throw new AppError("UNIMPLEMENTED", "The gateway does not call this.");
    },
  } as const;
  return {
    listProducts: {
      access: "anyone",
      handle: async ({ pageSize, pageToken }) => neighbours.onListProducts(pageSize, pageToken),
    },
    getProduct: {
      access: "anyone",
      handle: async (request) => {
        if (request.productId !== productId) throw new AppError("NOT_FOUND", "There is no such product.");
        return { product: lamp };
      },
    },
    checkAvailability: unused,
    reserveInventory: unused,
    commitInventory: unused,
    releaseInventory: unused,
    adjustStock: unused,
  };
}

/** A request as an HTTP neighbour saw it. */
export interface SeenRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An HTTP service that answers as a test tells it to. */
export interface HttpNeighbour {
  readonly url: string;
  readonly seen: SeenRequest[];
  answer: { status: number; headers?: Record<string, string>; body: string };
  close(): Promise<void>;
}

/** Starts an HTTP service on a free port. */
export async function startHttpNeighbour(): Promise<HttpNeighbour> {
  const server = createServer((req, res) => void respond(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const neighbour: HttpNeighbour = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    answer: { status: 200, body: "{}" },
    close: () => closeNow(server),
  };

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method, url, headers } = req;
    neighbour.seen.push({ method, url, headers, body: (await buffer(req)).toString() });
    const { status, headers: given = {}, body } = neighbour.answer;
    res.writeHead(status, { "content-type": "application/json", ...given }).end(body);
  }

  return neighbour;
}

function closeNow(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
