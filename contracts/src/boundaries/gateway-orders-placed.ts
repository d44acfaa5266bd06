import type { ProviderState, RpcInteraction } from "../interaction.ts";
import { type Expected, uuid } from "../match.ts";
import {
  address,
  alice,
  bob,
  call,
  callers,
  denied,
  failure,
  invalid,
  lamp,
  order,
  orderMessage,
  placed,
  productId,
  unitPrice,
} from "./gateway-orders.ts";

const lines = [{ productId, quantity: 2 }];
const notReserved = { items: lines, totalAmount: undefined };

/** Places orders. A refusal by business rules is an answer; an error is what the caller did wrong, or what we cannot do now. */
export const placing: readonly RpcInteraction[] = [
  place("an order", 1, [lamp], {}, ended(1)),
  place(
    "an order with nothing but its lines",
    2,
    [lamp],
    { orderId: "", shippingAddress: undefined },
    {
      message: {
        order: orderMessage(uuid(order(2)), {
          shippingAddress: { ...address, street: "1 Main Street" },
        }),
        sagaStatus: "SAGA_STATUS_COMPLETED",
      },
    },
  ),
  place(
    "an order at the price that the customer was shown",
    3,
    [lamp],
    { items: [{ productId, quantity: 2, expectedUnitPrice: unitPrice }] },
    ended(3),
  ),
  place("an order for another user", 4, [lamp], { userId: bob }, ended(4, { userId: bob }), callers.admin),
  place(
    "an order whose payment is declined",
    5,
    [lamp, { name: "payments are declined" }],
    {},
    {
      message: {
        order: orderMessage(order(5), {
          status: "ORDER_STATUS_FAILED",
          failure: failure("PAYMENT_DECLINED", "ProcessPayment"),
        }),
        sagaStatus: "SAGA_STATUS_COMPENSATED",
      },
    },
  ),
  place(
    "an order that is out of stock",
    6,
    [{ name: "the inventory has too little" }],
    {},
    {
      message: {
        order: withoutAbsent(
          orderMessage(order(6), {
            ...notReserved,
            status: "ORDER_STATUS_FAILED",
            failure: failure("OUT_OF_STOCK", "ValidateInventory"),
          } as never),
        ),
        sagaStatus: "SAGA_STATUS_FAILED",
      },
    },
  ),
  place(
    "an order to where nothing is delivered",
    7,
    [lamp, { name: "nothing is delivered there" }],
    {},
    {
      message: {
        order: orderMessage(order(7), {
          status: "ORDER_STATUS_FAILED",
          failure: failure("ADDRESS_NOT_SERVED", "ScheduleShipment"),
        }),
        sagaStatus: "SAGA_STATUS_COMPENSATED",
      },
    },
  ),
  place(
    "an order whose payment cannot be reached",
    8,
    [lamp, { name: "payments cannot be reached" }],
    {},
    {
      message: {
        order: orderMessage(order(8), { status: "ORDER_STATUS_INVENTORY_RESERVED" }),
        sagaStatus: "SAGA_STATUS_PARKED",
      },
    },
  ),
  place("an order that was placed before", 9, [lamp, placed(9)], {}, replayed(9)),
  withKey(
    "an-example-of-a-key",
    place(
      "an order that was placed before with this key",
      10,
      [lamp, placed(10, { idempotencyKey: "an-example-of-a-key" })],
      { idempotencyKey: "an-example-of-a-key" },
      replayed(10),
    ),
  ),
  withKey(
    "an-example-of-a-used-key",
    place(
      "another order with the same key",
      11,
      [lamp, placed(11, { idempotencyKey: "an-example-of-a-used-key" })],
      { orderId: "", items: [{ productId, quantity: 1 }], idempotencyKey: "an-example-of-a-used-key" },
      { error: { code: "ALREADY_EXISTS", reason: "IDEMPOTENCY_KEY_REUSED" } },
    ),
  ),
  place(
    "an order with the id of another's",
    12,
    [lamp, placed(12, { userId: bob })],
    {},
    {
      error: { code: "ALREADY_EXISTS", reason: "ORDER_EXISTS" },
    },
  ),
  place(
    "an order with much that is wrong",
    13,
    [],
    {
      items: [{ productId, quantity: 20_000 }],
      shippingAddress: { ...address, country: "usa" },
      paymentMethod: "pm_gold",
    },
    invalid("items[0].quantity", "shipping_address.country", "payment_method"),
  ),
  place(
    "an order without an address, of a customer who has none",
    14,
    [{ name: "the customer's profile has no address" }],
    { shippingAddress: undefined },
    invalid("shipping_address"),
  ),
  place("an order for another user, by a customer", 15, [lamp], { userId: bob }, denied),
  place("an order without a token that counts", 16, [], {}, { error: { code: "UNAUTHENTICATED" } }, callers.nobody),
  place(
    "an order while there are too many",
    17,
    [lamp, { name: "as many orders are under way as may be" }],
    {},
    {
      error: { code: "RESOURCE_EXHAUSTED", reason: "OVERLOADED", retry: true },
    },
  ),
];

/** What is left out of the change is as usual, what is undefined or empty is not sent. */
function place(
  description: string,
  number: number,
  given: readonly ProviderState[],
  change: Readonly<Record<string, Expected | undefined>>,
  response: RpcInteraction["response"],
  caller: ProviderState = callers.customer,
): RpcInteraction {
  const usual = { items: lines, shippingAddress: address, paymentMethod: "pm_ok", orderId: order(number) };
  return call("CreateOrder", description, [caller, ...given], withoutAbsent({ ...usual, ...change }), response);
}

/** The key goes as metadata, too. */
function withKey(key: string, interaction: RpcInteraction): RpcInteraction {
  return { ...interaction, metadata: { "idempotency-key": key } };
}

function ended(number: number, change: Readonly<Record<string, Expected>> = {}): RpcInteraction["response"] {
  const userId = change.userId ?? alice;
  return {
    message: { order: orderMessage(order(number), { ...change, userId }), sagaStatus: "SAGA_STATUS_COMPLETED" },
  };
}

function replayed(number: number): RpcInteraction["response"] {
  return { message: { order: orderMessage(order(number)), sagaStatus: "SAGA_STATUS_COMPLETED", replayed: true } };
}

function withoutAbsent(members: unknown): Expected {
  const entries = Object.entries(members as object).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries) as Expected;
}
