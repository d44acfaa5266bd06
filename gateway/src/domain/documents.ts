import { z } from "zod";
import { amount } from "./amount.ts";

/** A time. */
export const instant = z.string().meta({ format: "date-time", examples: ["2026-01-31T09:30:00.000Z"] });
/** A UUID. */
export const id = z.string().meta({ format: "uuid", examples: ["01900000-0000-7000-8000-0000000000aa"] });

const address = z
  .object({
    street: z.string(),
    city: z.string(),
    state: z.string().optional(),
    zipCode: z.string(),
    country: z.string().meta({ description: "ISO 3166-1 alpha-2." }),
  })
  .meta({ id: "Address" });

const failure = z
  .object({
    code: z.string().meta({ description: "Stable and machine readable.", examples: ["PAYMENT_DECLINED"] }),
    message: z.string(),
    step: z.string().meta({ description: "The saga's step that ended the order.", examples: ["ProcessPayment"] }),
  })
  .meta({ id: "Failure" });

/** Where an order stands. */
export const orderStatus = z.enum(["Submitted", "InventoryReserved", "PaymentProcessed", "Completed", "Failed"]);

/** Where a saga stands. */
export const sagaStatus = z.enum([
  "Started",
  "InProgress",
  "Completed",
  "Failed",
  "Compensating",
  "Compensated",
  "Parked",
]);

/** How one step, or one undo, of a saga stands. */
export const stepStatus = z.enum(["Running", "Completed", "Refused", "Exhausted"]);

/** An order as answers give it. */
export const orderDocument = z
  .object({
    id,
    userId: id,
    status: orderStatus,
    items: z.array(
      z.object({
        productId: id,
        name: z.string().optional().meta({ description: "Absent until the stock is reserved." }),
        quantity: z.int(),
        unitPrice: amount.optional(),
      }),
    ),
    totalAmount: amount.optional(),
    shippingAddress: address.optional(),
    failure: failure.optional(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({
    id: "Order",
    examples: [
      {
        id: "01900000-0000-7000-8000-0000000000aa",
        userId: "01900000-0000-7000-8000-00000000a11c",
        status: "Completed",
        items: [
          {
            productId: "01900000-0000-7000-9000-000000000001",
            name: "Desk lamp",
            quantity: 2,
            unitPrice: { amount: "39.00", currency: "USD" },
          },
        ],
        totalAmount: { amount: "78.00", currency: "USD" },
        shippingAddress: { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" },
        createdAt: "2026-01-31T09:30:00.000Z",
        updatedAt: "2026-01-31T09:30:00.120Z",
      },
    ],
  });

/** The saga of an order as answers give it. */
export const sagaDocument = z
  .object({
    id,
    orderId: id,
    status: sagaStatus,
    currentStep: z.string(),
    history: z
      .array(
        z.object({
          step: z.string(),
          status: stepStatus,
          message: z.string().meta({
            description: "Why. Who has acted on the saga by hand, and why, is told to operators and Admins only.",
          }),
          attempt: z.int(),
          timestamp: instant,
        }),
      )
      .meta({ description: "One entry per step or undo, in the order of the first call, updated in place." }),
    startedAt: instant,
    completedAt: instant.optional(),
    failure: failure.optional().meta({ description: "Why it was turned round, as soon as the order is sure to fail." }),
  })
  .meta({
    id: "Saga",
    examples: [
      {
        id: "01900000-0000-7000-8000-0000000000ab",
        orderId: "01900000-0000-7000-8000-0000000000aa",
        status: "Compensated",
        currentStep: "ReleaseInventory",
        history: [
          step("ValidateInventory", "Completed", ""),
          step("ReserveInventory", "Completed", ""),
          step("ProcessPayment", "Refused", "The payment was declined."),
          step("ReleaseInventory", "Completed", ""),
        ],
        startedAt: "2026-01-31T09:30:00.000Z",
        completedAt: "2026-01-31T09:30:00.120Z",
        failure: { code: "PAYMENT_DECLINED", message: "The payment was declined.", step: "ProcessPayment" },
      },
    ],
  });

/** A product as answers give it. */
export const productDocument = z
  .object({
    id,
    sku: z.string(),
    name: z.string(),
    price: amount,
    available: z.int().meta({ description: "How many can be reserved now." }),
  })
  .meta({
    id: "Product",
    examples: [
      {
        id: "01900000-0000-7000-9000-000000000001",
        sku: "LAMP-01",
        name: "Desk lamp",
        price: { amount: "39.00", currency: "USD" },
        available: 250,
      },
    ],
  });

/** Asks for the page after this one. */
export const nextPageToken = z.string().meta({ description: "Empty on the last page." });

/** A page of orders. */
export const orderPage = z.object({ orders: z.array(orderDocument), nextPageToken }).meta({ id: "OrderPage" });

/** A page of the catalogue. */
export const productPage = z.object({ products: z.array(productDocument), nextPageToken }).meta({ id: "ProductPage" });

export type OrderStatus = z.infer<typeof orderStatus>;
export type SagaStatus = z.infer<typeof sagaStatus>;
export type StepStatus = z.infer<typeof stepStatus>;
export type OrderDocument = z.infer<typeof orderDocument>;
export type SagaDocument = z.infer<typeof sagaDocument>;
export type ProductDocument = z.infer<typeof productDocument>;
export type OrderPage = z.infer<typeof orderPage>;
export type ProductPage = z.infer<typeof productPage>;

function step(name: string, status: string, message: string) {
  return { step: name, status, message, attempt: 1, timestamp: "2026-01-31T09:30:00.060Z" };
}
