import { type CreateOrderRequest, type Order, OrderStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { aliceId } from "@shop/testkit/identity";

export const orderId = "01900000-0000-7000-8000-0000000000aa";
const productId = "01900000-0000-7000-9000-000000000001";

/** What is ordered over REST. */
export const orderBody = JSON.stringify({ items: [{ productId, quantity: 2 }], paymentMethod: "pm_ok" });

/** The same as the gateway asks for it. */
export const newOrder: CreateOrderRequest = {
  items: [{ productId, quantity: 2, expectedUnitPrice: undefined }],
  shippingAddress: undefined,
  paymentMethod: "pm_ok",
  orderId: "",
  idempotencyKey: "",
  userId: "",
};

const usd = (units: number, nanos: number) => ({ currencyCode: "USD", units: BigInt(units), nanos });
const acceptedAt = new Date("2026-01-31T09:30:00.000Z");

/** What is answered, every time. */
export const order: Order = {
  id: orderId,
  userId: aliceId,
  status: OrderStatus.ORDER_STATUS_COMPLETED,
  items: [{ productId, name: "Desk lamp", quantity: 2, unitPrice: usd(1299, 990_000_000) }],
  totalAmount: usd(2599, 980_000_000),
  shippingAddress: { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" },
  failure: undefined,
  createdAt: acceptedAt,
  updatedAt: acceptedAt,
};
