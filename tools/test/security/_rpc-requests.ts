import { randomUUID } from "node:crypto";
import { CallRequest } from "@shop/protos/gen/shop/batch/v1/batch";
import * as inventory from "@shop/protos/gen/shop/inventory/v1/inventory";
import * as notifications from "@shop/protos/gen/shop/notifications/v1/notifications";
import * as operator from "@shop/protos/gen/shop/orders/v1/operator";
import * as orders from "@shop/protos/gen/shop/orders/v1/orders";
import * as payments from "@shop/protos/gen/shop/payments/v1/payments";
import * as shipping from "@shop/protos/gen/shop/shipping/v1/shipping";
import { HOME } from "../system/_shop.ts";
import { aliceId, newOrderId, type World } from "./_world.ts";

/** A well-formed request of each RPC that touches what is alice's, or something new where that would change it. */
export function rpcRequest(path: string, world: World): Buffer {
  const make = requests[path];
  if (make === undefined) throw new Error(`No request is known for ${path}: add one.`);
  return Buffer.from(make(world));
}

const dollar = { currencyCode: "USD", units: 1n, nanos: 0 };

/** What an order's end looks like to who is to be told of it. */
function orderEvent(type: string) {
  const failure = { code: "OUT_OF_STOCK", message: "It is gone.", step: "ReserveInventory" };
  return {
    eventId: randomUUID(),
    type: `domain.order.${type}`,
    orderId: newOrderId(),
    userId: aliceId,
    totalAmount: dollar,
    occurredAt: new Date(),
    ...(type === "OrderFailed" && { failure }),
  };
}

const requests: Readonly<Record<string, (world: World) => Uint8Array>> = {
  "/shop.batch.v1.BatchService/Call": () => CallRequest.encode({ calls: [] }).finish(),

  "/shop.orders.v1.OrderService/CreateOrder": ({ product }) =>
    orders.CreateOrderRequest.encode(
      orders.CreateOrderRequest.fromPartial({
        items: [{ productId: product.id, quantity: 1 }],
        shippingAddress: HOME,
        orderId: newOrderId(),
      }),
    ).finish(),
  "/shop.orders.v1.OrderService/GetOrder": ({ order }) => orders.GetOrderRequest.encode({ orderId: order.id }).finish(),
  "/shop.orders.v1.OrderService/GetSaga": ({ order }) => orders.GetSagaRequest.encode({ orderId: order.id }).finish(),
  "/shop.orders.v1.OrderService/ListOrders": () =>
    orders.ListOrdersRequest.encode(orders.ListOrdersRequest.fromPartial({ userId: aliceId })).finish(),
  "/shop.orders.v1.OrderService/WatchOrder": ({ order }) =>
    orders.WatchOrderRequest.encode({ orderId: order.id }).finish(),

  "/shop.orders.v1.SagaOperatorService/ListSagas": () =>
    operator.ListSagasRequest.encode(operator.ListSagasRequest.fromPartial({})).finish(),
  "/shop.orders.v1.SagaOperatorService/RetrySaga": ({ order }) =>
    operator.RetrySagaRequest.encode({ sagaId: order.sagaId, reason: "a look at the doors" }).finish(),
  "/shop.orders.v1.SagaOperatorService/CompensateSaga": ({ order }) =>
    operator.CompensateSagaRequest.encode({ sagaId: order.sagaId, reason: "a look at the doors" }).finish(),
  "/shop.orders.v1.SagaOperatorService/ResolveSaga": ({ order }) =>
    operator.ResolveSagaRequest.encode({
      sagaId: order.sagaId,
      undo: "RefundPayment",
      reason: "a look at the doors",
    }).finish(),
  "/shop.orders.v1.SagaOperatorService/GetDeadLetter": () =>
    operator.GetDeadLetterRequest.encode({ deadLetterId: "1" }).finish(),
  "/shop.orders.v1.SagaOperatorService/ListDeadLetters": () =>
    operator.ListDeadLettersRequest.encode(operator.ListDeadLettersRequest.fromPartial({})).finish(),

  "/shop.inventory.v1.InventoryService/ListProducts": () =>
    inventory.ListProductsRequest.encode(inventory.ListProductsRequest.fromPartial({})).finish(),
  "/shop.inventory.v1.InventoryService/GetProduct": ({ product }) =>
    inventory.GetProductRequest.encode({ productId: product.id }).finish(),
  "/shop.inventory.v1.InventoryService/CheckAvailability": ({ product }) =>
    inventory.CheckAvailabilityRequest.encode({ orderId: newOrderId(), lines: [lineOf(product.id)] }).finish(),
  "/shop.inventory.v1.InventoryService/ReserveInventory": ({ product }) =>
    inventory.ReserveInventoryRequest.encode({ orderId: newOrderId(), lines: [lineOf(product.id)] }).finish(),
  "/shop.inventory.v1.InventoryService/CommitInventory": ({ order }) =>
    inventory.CommitInventoryRequest.encode({ orderId: order.id }).finish(),
  "/shop.inventory.v1.InventoryService/ReleaseInventory": () =>
    inventory.ReleaseInventoryRequest.encode({ orderId: newOrderId() }).finish(),
  "/shop.inventory.v1.InventoryService/AdjustStock": ({ product }) =>
    inventory.AdjustStockRequest.encode({
      adjustmentId: randomUUID(),
      productId: product.id,
      delta: 1,
      reason: "a look at the doors",
    }).finish(),

  "/shop.payments.v1.PaymentService/ProcessPayment": () =>
    payments.ProcessPaymentRequest.encode({
      orderId: newOrderId(),
      userId: aliceId,
      amount: dollar,
      paymentMethod: "pm_ok",
    }).finish(),
  "/shop.payments.v1.PaymentService/RefundPayment": () =>
    payments.RefundPaymentRequest.encode({ orderId: newOrderId() }).finish(),
  "/shop.payments.v1.PaymentService/GetPayment": ({ order }) =>
    payments.GetPaymentRequest.encode({ orderId: order.id }).finish(),

  "/shop.shipping.v1.ShippingService/ScheduleShipment": ({ product }) =>
    shipping.ScheduleShipmentRequest.encode({
      orderId: newOrderId(),
      userId: aliceId,
      address: HOME,
      lines: [{ productId: product.id, quantity: 1 }],
    }).finish(),
  "/shop.shipping.v1.ShippingService/CancelShipment": () =>
    shipping.CancelShipmentRequest.encode({ orderId: newOrderId() }).finish(),
  "/shop.shipping.v1.ShippingService/GetShipment": ({ order }) =>
    shipping.GetShipmentRequest.encode({ orderId: order.id }).finish(),

  "/shop.notifications.v1.NotificationService/SendNotification": () =>
    notifications.SendNotificationRequest.encode(
      notifications.SendNotificationRequest.fromPartial({ event: orderEvent("OrderCompleted") }),
    ).finish(),
  "/shop.notifications.v1.NotificationService/SendCancellation": () =>
    notifications.SendCancellationRequest.encode(
      notifications.SendCancellationRequest.fromPartial({ event: orderEvent("OrderFailed") }),
    ).finish(),
  "/shop.notifications.v1.NotificationService/ListNotifications": ({ order }) =>
    notifications.ListNotificationsRequest.encode(
      notifications.ListNotificationsRequest.fromPartial({ orderId: order.id }),
    ).finish(),
};

function lineOf(productId: string): inventory.Line {
  return { productId, quantity: 1, expectedUnitPrice: undefined };
}
