import type { FieldViolation } from "@shop/platform/errors";
import type { Money } from "@shop/platform/money";
import { z } from "zod";
import { fromGivenPrice, givenPrice } from "./amount.ts";
import { expected, parseBody, requiredText, text, uuid } from "./fields.ts";

const MAX_TEXT = 200;
const MAX_LINES = 100;
const MAX_QUANTITY = 10_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Where the goods go, as requests and answers give it. */
export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state?: string;
  readonly zipCode: string;
  readonly country: string;
}

/** A new order whose form is right. What it means (prices, payment methods, countries) the order service decides. */
export interface NewOrder {
  readonly orderId?: string;
  readonly userId?: string;
  readonly items: readonly NewOrderItem[];
  readonly shippingAddress?: Address;
  readonly paymentMethod?: string;
  readonly idempotencyKey?: string;
}

/** One line of a new order. */
export interface NewOrderItem {
  readonly productId: string;
  readonly quantity: number;
  readonly expectedUnitPrice?: Money;
}

/** Those of the payment service's sandbox, for the documentation: the order service decides which are taken. */
const paymentMethods = ["pm_ok", "pm_declined", "pm_timeout"];
const quantityMessage = `must be an integer from 1 to ${MAX_QUANTITY.toLocaleString("en")}`;

const newOrderItem = z.strictObject(
  {
    productId: uuid.meta({ description: "Lines with equal products are merged." }),
    quantity: z
      .int({ error: expected("an integer") })
      .min(1, quantityMessage)
      .max(MAX_QUANTITY, quantityMessage),
    price: givenPrice
      .meta({ description: "The unit price that the customer was shown. Another one than the catalogue's is refused." })
      .optional(),
    productName: text(MAX_TEXT).meta({ description: "Ignored: the catalogue's name counts." }).optional(),
  },
  { error: expected("an object") },
);

const newAddress = z.strictObject(
  {
    street: requiredText(MAX_TEXT),
    city: requiredText(MAX_TEXT),
    state: text(MAX_TEXT).optional(),
    zipCode: requiredText(MAX_TEXT),
    country: z
      .string({ error: expected("text") })
      .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code in capital letters, such as "US"'),
  },
  { error: expected("an object") },
);

/** The form of the body of POST /api/orders. */
export const newOrderBody = z
  .strictObject({
    orderId: uuid.meta({ description: "Where the client assigns it. Default: a new UUID." }).optional(),
    userId: uuid
      .meta({ description: "Whose order it is. Default: the token's. Another one only by an Admin." })
      .optional(),
    items: z
      .array(newOrderItem, { error: expected("a list") })
      .min(1, "must have at least 1 line")
      .max(MAX_LINES, `must have at most ${MAX_LINES} lines`),
    shippingAddress: newAddress.meta({ description: "Default: the address of the customer's profile." }).optional(),
    paymentMethod: requiredText(MAX_TEXT)
      .meta({
        enum: paymentMethods,
        description: 'Default: "pm_ok", the only one that is taken where the sandbox\'s rules are off.',
      })
      .optional(),
  })
  .meta({
    id: "NewOrder",
    examples: [
      {
        items: [{ productId: "01900000-0000-7000-9000-000000000001", quantity: 2 }],
        shippingAddress: { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" },
        paymentMethod: "pm_ok",
      },
    ],
  });

/**
 * The order that a request asks for. Throws VALIDATION_FAILED with everything that is wrong in its body and its
 * Idempotency-Key header, and MALFORMED_BODY where the body is no JSON object at all.
 */
export function parseNewOrder(body: unknown, idempotencyKey: string | undefined): NewOrder {
  const { items, ...rest } = parseBody(newOrderBody, body, keyViolations(idempotencyKey));
  return { ...rest, items: items.map(toNewOrderItem), idempotencyKey };
}

function toNewOrderItem({ productId, quantity, price }: z.infer<typeof newOrderItem>): NewOrderItem {
  return { productId, quantity, expectedUnitPrice: price === undefined ? undefined : fromGivenPrice(price) };
}

function keyViolations(key: string | undefined): FieldViolation[] {
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return [];
  return [{ field: "Idempotency-Key", message: "must have 1 to 255 visible ASCII characters" }];
}
