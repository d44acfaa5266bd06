import { toWireMoney } from "@shop/platform/money";
import {
  type CreateOrderRequest,
  type Failure,
  type Order,
  type OrderItem,
  type Saga,
  type SagaHistoryEntry,
  type Address as WireAddress,
  type NewOrderItem as WireNewOrderItem,
  OrderStatus as WireOrderStatus,
  SagaStatus as WireSagaStatus,
  StepStatus as WireStepStatus,
} from "@shop/protos/gen/shop/orders/v1/orders";
import type { OrderDocument, OrderStatus, SagaDocument, SagaStatus, StepStatus } from "../domain/documents.ts";
import type { Address, NewOrder, NewOrderItem } from "../domain/new-order.ts";
import { wireAmount } from "./wire-amount.ts";
import { instant, word } from "./wire-values.ts";

const orderStatuses: Partial<Record<WireOrderStatus, OrderStatus>> = {
  [WireOrderStatus.ORDER_STATUS_SUBMITTED]: "Submitted",
  [WireOrderStatus.ORDER_STATUS_INVENTORY_RESERVED]: "InventoryReserved",
  [WireOrderStatus.ORDER_STATUS_PAYMENT_PROCESSED]: "PaymentProcessed",
  [WireOrderStatus.ORDER_STATUS_COMPLETED]: "Completed",
  [WireOrderStatus.ORDER_STATUS_FAILED]: "Failed",
};

/** The words for the statuses of sagas. */
export const sagaStatuses: Partial<Record<WireSagaStatus, SagaStatus>> = {
  [WireSagaStatus.SAGA_STATUS_STARTED]: "Started",
  [WireSagaStatus.SAGA_STATUS_IN_PROGRESS]: "InProgress",
  [WireSagaStatus.SAGA_STATUS_COMPLETED]: "Completed",
  [WireSagaStatus.SAGA_STATUS_FAILED]: "Failed",
  [WireSagaStatus.SAGA_STATUS_COMPENSATING]: "Compensating",
  [WireSagaStatus.SAGA_STATUS_COMPENSATED]: "Compensated",
  [WireSagaStatus.SAGA_STATUS_PARKED]: "Parked",
};

const stepStatuses: Partial<Record<WireStepStatus, StepStatus>> = {
  [WireStepStatus.STEP_STATUS_RUNNING]: "Running",
  [WireStepStatus.STEP_STATUS_COMPLETED]: "Completed",
  [WireStepStatus.STEP_STATUS_REFUSED]: "Refused",
  [WireStepStatus.STEP_STATUS_EXHAUSTED]: "Exhausted",
};

/** The wire's form of a new order; on the wire, text that is absent is empty. */
export function toCreateOrderRequest(order: NewOrder): CreateOrderRequest {
  return {
    items: order.items.map(toWireItem),
    shippingAddress: order.shippingAddress && toWireAddress(order.shippingAddress),
    paymentMethod: order.paymentMethod ?? "",
    orderId: order.orderId ?? "",
    idempotencyKey: order.idempotencyKey ?? "",
    userId: order.userId ?? "",
  };
}

/** An order as answers give it. */
export function toOrderDocument(order: Order): OrderDocument {
  return {
    id: order.id,
    userId: order.userId,
    status: word(orderStatuses, order.status),
    items: order.items.map(toItem),
    ...(order.totalAmount && { totalAmount: wireAmount(order.totalAmount) }),
    ...(order.shippingAddress && { shippingAddress: toAddress(order.shippingAddress) }),
    ...(order.failure && { failure: toFailure(order.failure) }),
    createdAt: instant(order.createdAt),
    updatedAt: instant(order.updatedAt),
  };
}

/** An order's saga as answers give it. */
export function toSagaDocument(saga: Saga): SagaDocument {
  return {
    id: saga.id,
    orderId: saga.orderId,
    status: word(sagaStatuses, saga.status),
    currentStep: saga.currentStep,
    history: saga.history.map(toHistoryEntry),
    startedAt: instant(saga.startedAt),
    ...(saga.completedAt && { completedAt: saga.completedAt.toISOString() }),
    ...(saga.failure && { failure: toFailure(saga.failure) }),
  };
}

function toFailure({ code, message, step }: Failure): NonNullable<OrderDocument["failure"]> {
  return { code, message, step };
}

function toWireItem({ productId, quantity, expectedUnitPrice }: NewOrderItem): WireNewOrderItem {
  return { productId, quantity, expectedUnitPrice: expectedUnitPrice && toWireMoney(expectedUnitPrice) };
}

function toWireAddress({ street, city, state = "", zipCode, country }: Address): WireAddress {
  return { street, city, state, zipCode, country };
}

function toItem({ productId, name, quantity, unitPrice }: OrderItem): OrderDocument["items"][number] {
  return {
    productId,
    ...(name !== "" && { name }),
    quantity,
    ...(unitPrice && { unitPrice: wireAmount(unitPrice) }),
  };
}

function toAddress({ street, city, state, zipCode, country }: WireAddress): OrderDocument["shippingAddress"] {
  return { street, city, ...(state !== "" && { state }), zipCode, country };
}

function toHistoryEntry(entry: SagaHistoryEntry): SagaDocument["history"][number] {
  const { step, status, message, attempt, timestamp } = entry;
  return { step, status: word(stepStatuses, status), message, attempt, timestamp: instant(timestamp) };
}
