import { toWireMoney } from "@shop/platform/money";
import { type Order as OrderMessage, OrderStatus as WireOrderStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { isPriced, type Order, type OrderStatus } from "../domain/order.ts";

const ORDER_STATUSES: Record<OrderStatus, WireOrderStatus> = {
  Submitted: WireOrderStatus.ORDER_STATUS_SUBMITTED,
  InventoryReserved: WireOrderStatus.ORDER_STATUS_INVENTORY_RESERVED,
  PaymentProcessed: WireOrderStatus.ORDER_STATUS_PAYMENT_PROCESSED,
  Completed: WireOrderStatus.ORDER_STATUS_COMPLETED,
  Failed: WireOrderStatus.ORDER_STATUS_FAILED,
};

/** The order as it goes over the wire. */
export function toOrderMessage(order: Order): OrderMessage {
  return {
    id: order.id,
    userId: order.userId,
    status: ORDER_STATUSES[order.status],
    items: order.items.map((item) => ({
      productId: item.productId,
      name: isPriced(item) ? item.name : "",
      quantity: item.quantity,
      unitPrice: isPriced(item) ? toWireMoney(item.unitPrice) : undefined,
    })),
    totalAmount: order.totalAmount && toWireMoney(order.totalAmount),
    shippingAddress: { ...order.shippingAddress },
    failure: order.failure && { ...order.failure },
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}
