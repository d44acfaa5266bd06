import type { ProviderState, RpcBoundary, RpcError, RpcInteraction } from "../interaction.ts";
import { type Expected, matching, timestamp } from "../match.ts";
import { forbiddenCalls } from "./forbidden-calls.ts";

const price = { currencyCode: "USD", units: "89", nanos: 950_000_000 };
const twoOfThem = { currencyCode: "USD", units: "179", nanos: 900_000_000 };
const lessThanItCosts = { currencyCode: "USD", units: "79" };
const expiresAt = "2199-01-01T00:00:00.000Z";

const anyMessage = matching(/.*\S.*/, "Mechanical Keyboard has 1 in stock, 2 asked for.");
const outOfStock = { code: "OUT_OF_STOCK", message: anyMessage };
const undone: RpcError = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
const expired: RpcError = { code: "FAILED_PRECONDITION", reason: "EXPIRED" };
const notReserved: RpcError = { code: "FAILED_PRECONDITION", reason: "NOT_RESERVED" };
const committed: RpcError = { code: "FAILED_PRECONDITION", reason: "COMMITTED" };

/** Asks whether the lines can be had; holds nothing. */
const checks: readonly RpcInteraction[] = [
  check("lines that are in stock", 1, { given: [stock(1)], answer: {} }),
  check("lines at the price that they have", 2, {
    given: [stock(2)],
    lines: [line(2, { expectedUnitPrice: price })],
    answer: {},
  }),
  check("lines of which too few are in stock", 3, {
    given: [stock(3, { onHand: 1 })],
    answer: { refusal: outOfStock },
  }),
  check("a product that nobody knows", 4, {
    answer: { refusal: { code: "UNKNOWN_PRODUCT", message: anyMessage } },
  }),
  check("lines at another price than they have", 5, {
    given: [stock(5)],
    lines: [line(5, { expectedUnitPrice: lessThanItCosts })],
    answer: { refusal: { code: "PRICE_CHANGED", message: anyMessage } },
  }),
  check("lines that the order holds, and that nobody else can have", 6, {
    given: [stock(6, { onHand: 2 }), reservation("HELD", 6)],
    answer: {},
  }),
  check("lines that the order has bought", 7, {
    given: [stock(7, { onHand: 2 }), reservation("COMMITTED", 7)],
    answer: {},
  }),
  check("lines that were refused to the order, and are in stock now", 8, {
    given: [stock(8, { onHand: 1 }), reservation("REFUSED", 8), stock(8)],
    answer: { refusal: refusedBefore(8) },
  }),
  check("lines of an order that was released", 9, { given: [stock(9), reservation("RELEASED", 9)], error: undone }),
  check("lines of an order that has expired", 10, { given: [stock(10), reservation("EXPIRED", 10)], error: expired }),
  check("other lines than the order holds", 11, {
    given: [stock(11), reservation("HELD", 11)],
    lines: [line(11, { quantity: 3 })],
    error: refused("lines"),
  }),
  check("no lines at all", 12, { lines: [], error: refused("lines") }),
  check("lines of an order whose id is none", 13, {
    change: { orderId: "no-order" },
    error: refused("order_id"),
  }),
  ...forbiddenCalls("to check lines", check("", 14, { answer: {} })),
];

/** Asks for all lines or none, at frozen prices. */
const reservations: readonly RpcInteraction[] = [
  reserve("lines that are in stock", 20, { given: [stock(20)], answer: holding(20, {}) }),
  reserve("lines at the price that they have", 21, {
    given: [stock(21)],
    lines: [line(21, { expectedUnitPrice: price })],
    answer: holding(21, {}),
  }),
  reserve("the last units of two products", 22, {
    given: [stock(22, { onHand: 2 }), stock(122, { onHand: 1 })],
    lines: [line(22), line(122, { quantity: 1 })],
    answer: holding(22, {
      lines: [priced(22), priced(122, 1)],
      totalAmount: { currencyCode: "USD", units: "269", nanos: 850_000_000 },
    }),
  }),
  reserve("what the order holds, again", 23, {
    given: [stock(23, { onHand: 2 }), reservation("HELD", 23)],
    answer: holding(23, { expiresAt }),
  }),
  reserve("what the order holds, again, at a price that has changed since", 24, {
    given: [stock(24), reservation("HELD", 24), stock(24, { minorUnits: 9995 })],
    answer: holding(24, { expiresAt }),
  }),
  reserve("what the order has bought, again", 25, {
    given: [stock(25), reservation("COMMITTED", 25)],
    answer: holding(25, { expiresAt, status: "RESERVATION_STATUS_COMMITTED" }),
  }),
  reserve("lines of which too few are in stock", 26, {
    given: [stock(26, { onHand: 1 })],
    answer: { refusal: outOfStock },
  }),
  reserve("two products of which one is out of stock", 27, {
    given: [stock(27), stock(127, { onHand: 0 })],
    lines: [line(27), line(127)],
    answer: { refusal: outOfStock },
  }),
  reserve("a product that nobody knows", 28, {
    answer: { refusal: { code: "UNKNOWN_PRODUCT", message: anyMessage } },
  }),
  reserve("lines at another price than they have", 29, {
    given: [stock(29)],
    lines: [line(29, { expectedUnitPrice: lessThanItCosts })],
    answer: { refusal: { code: "PRICE_CHANGED", message: anyMessage } },
  }),
  reserve("lines that were refused to the order, and are in stock now", 30, {
    given: [stock(30, { onHand: 1 }), reservation("REFUSED", 30), stock(30)],
    answer: { refusal: refusedBefore(30) },
  }),
  reserve("lines of an order that was released", 31, {
    given: [stock(31), reservation("HELD", 31), released(31)],
    error: undone,
  }),
  reserve("lines of an order whose release came first", 32, { given: [stock(32), released(32)], error: undone }),
  reserve("lines of an order that has expired", 33, { given: [stock(33), reservation("EXPIRED", 33)], error: expired }),
  reserve("other lines than the order holds", 34, {
    given: [stock(34), reservation("HELD", 34)],
    lines: [line(34, { quantity: 3 })],
    error: refused("lines"),
  }),
  reserve("the order's lines at a price that was not asked for before", 35, {
    given: [stock(35), reservation("HELD", 35)],
    lines: [line(35, { expectedUnitPrice: price })],
    error: refused("lines"),
  }),
  reserve("no units of a product", 36, {
    given: [stock(36)],
    lines: [{ productId: product(36) }],
    error: refused("lines[0].quantity"),
  }),
  reserve("in the sandbox, for an order whose id ends in 0", 37, {
    given: [{ name: "the sandbox finds nothing for orders that end in 0" }, stock(37)],
    change: { orderId: order(37, "0") },
    answer: { refusal: outOfStock },
  }),
  ...forbiddenCalls("to reserve lines", reserve("", 38, { answer: {} })),
];

/** Sells what is held: the pivot. */
const commits: readonly RpcInteraction[] = [
  commit("what the order holds", 50, [stock(50), reservation("HELD", 50)], sale(50)),
  commit("what the order has bought, again", 51, [stock(51), reservation("COMMITTED", 51)], sale(51)),
  commit(
    "what the order holds beyond its time",
    52,
    [stock(52), reservation("HELD", 52, { expiresAt: "2001-01-01T00:00:00.000Z" })],
    sale(52, "2001-01-01T00:00:00.000Z"),
  ),
  commit("what was released", 53, [stock(53), reservation("HELD", 53), released(53)], { error: undone }),
  commit("what was released before it was asked for", 54, [released(54)], { error: undone }),
  commit("what has expired", 55, [stock(55), reservation("EXPIRED", 55)], { error: expired }),
  commit("what was refused", 56, [stock(56, { onHand: 0 }), reservation("REFUSED", 56)], { error: notReserved }),
  commit("what nobody asked for", 57, [], { error: notReserved }),
  ...forbiddenCalls("to sell what is held", commit("", 58, [], { error: notReserved })),
];

/** Gives back what is held: the arbiter. It leaves a tombstone where nothing is. */
const releases: readonly RpcInteraction[] = [
  release("what the order holds", 70, [stock(70), reservation("HELD", 70)]),
  release("what was released, again", 71, [stock(71), reservation("HELD", 71), released(71)]),
  release("what nobody asked for", 72, []),
  release("what nobody asked for, again", 73, [released(73)]),
  release("what was refused", 74, [stock(74, { onHand: 0 }), reservation("REFUSED", 74)]),
  release("what has expired", 75, [stock(75), reservation("EXPIRED", 75)], "RESERVATION_STATUS_EXPIRED"),
  {
    ...release("what the order has bought", 76, [stock(76), reservation("COMMITTED", 76)]),
    response: { error: committed },
  },
  ...forbiddenCalls("to give back what is held", release("", 77, [])),
];

/** What the order service asks of the inventory service. */
export const orderToInventory: RpcBoundary = {
  consumer: "order-service",
  provider: "inventory-service",
  proto: "shop/inventory/v1/inventory.proto",
  service: "shop.inventory.v1.InventoryService",
  metadata: {
    authorization: matching(/Bearer \S+/, "Bearer a-token"),
    "x-user-id": "01900000-0000-7000-8000-00000000a11c",
  },
  interactions: [...checks, ...reservations, ...commits, ...releases],
};

/** An order's id; the sandbox is indifferent to it, unless its `end` says otherwise. */
function order(number: number, end = "a"): string {
  return `01900000-0000-7000-a000-${String(number).padStart(11, "0")}${end}`;
}

/** The id of the product that the order of this number is about. */
function product(number: number): string {
  return `01900000-0000-7000-9001-${String(number).padStart(12, "0")}`;
}

/** That a product has this price and so many units. */
function stock(number: number, { onHand = 100, minorUnits = 8995 } = {}): ProviderState {
  const params = { productId: product(number), name: "Mechanical Keyboard", minorUnits, currency: "USD", onHand };
  return { name: "a product is on the shelf", params };
}

/** That the order asked for two units of its product, and how that stands now. */
function reservation(status: string, number: number, known: { readonly expiresAt?: string } = {}): ProviderState {
  const params = { orderId: order(number), productId: product(number), quantity: 2, expiresAt, ...known };
  return { name: `a reservation is ${status}`, params };
}

/** That the order was released, whether or not it held anything. */
function released(number: number): ProviderState {
  return { name: "an order was released", params: { orderId: order(number) } };
}

type Outcome = { readonly answer: Expected } | { readonly error: RpcError };
type Terms = Outcome & {
  readonly given?: readonly ProviderState[];
  readonly lines?: readonly Expected[];
  readonly change?: { readonly orderId: string };
};

function line(number: number, change: { readonly quantity?: number; readonly expectedUnitPrice?: Expected } = {}) {
  return { productId: product(number), quantity: 2, ...change };
}

function check(what: string, number: number, terms: Terms): RpcInteraction {
  return ask("CheckAvailability", `to check ${what}`, number, terms);
}

function reserve(what: string, number: number, terms: Terms): RpcInteraction {
  return ask("ReserveInventory", `to reserve ${what}`, number, terms);
}

function ask(
  method: string,
  description: string,
  number: number,
  { given = [], lines = [line(number)], change, ...outcome }: Terms,
): RpcInteraction {
  return {
    description,
    given,
    method,
    request: { orderId: order(number), ...(lines.length > 0 && { lines }), ...change },
    response: "error" in outcome ? { error: outcome.error } : { message: outcome.answer },
  };
}

function priced(number: number, quantity = 2): Expected {
  return { productId: product(number), name: "Mechanical Keyboard", quantity, unitPrice: price };
}

function holding(number: number, change: { readonly [name: string]: Expected }): Expected {
  const held = { orderId: order(number), status: "RESERVATION_STATUS_HELD", lines: [priced(number)] };
  return { reservation: { ...held, totalAmount: twoOfThem, expiresAt: timestamp(expiresAt), ...change } };
}

/** The refusal of a time when one was left. */
function refusedBefore(number: number): Expected {
  const message = `Mechanical Keyboard (${product(number)}) has 1 in stock, 2 asked for.`;
  return { code: "OUT_OF_STOCK", message };
}

function refused(field: string): RpcError {
  return { code: "INVALID_ARGUMENT", fields: [field] };
}

function commit(what: string, number: number, given: readonly ProviderState[], response: RpcInteraction["response"]) {
  const request = { orderId: order(number) };
  return { description: `to sell ${what}`, given, method: "CommitInventory", request, response };
}

function sale(number: number, until = expiresAt): RpcInteraction["response"] {
  return { message: holding(number, { status: "RESERVATION_STATUS_COMMITTED", expiresAt: until }) };
}

function release(
  what: string,
  number: number,
  given: readonly ProviderState[],
  status = "RESERVATION_STATUS_RELEASED",
): RpcInteraction {
  const request = { orderId: order(number) };
  const response = { message: { status } };
  return { description: `to release ${what}`, given, method: "ReleaseInventory", request, response };
}
