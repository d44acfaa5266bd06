import { randomBytes, randomInt } from "node:crypto";

/** A text that stands nowhere by chance, and where it may be found nevertheless. */
export interface Canary {
  /** What it stands for, such as `password`. */
  readonly name: string;
  readonly value: string;
  /** The places that may hold it, by the beginning of their names. */
  readonly mayBeIn: readonly string[];
}

/** Where an order's address belongs. */
const addressPlaces = [
  "database orders: orders.shipping_address",
  "database orders: order_sagas.data",
  "database shipping: shipments.parcel",
];

/** What an operator says is kept with the saga and shown to operators. */
const reasonPlaces = [
  "database orders: order_sagas.history",
  "answer of a saga to an operator",
  "answer of the list of sagas to an operator",
];

/** One for everything that customers, operators and services entrust to the system. */
export function createCanaries() {
  const text = (name: string, ...mayBeIn: string[]): Canary => ({
    name,
    value: `canary${randomBytes(9).toString("hex")}`,
    mayBeIn,
  });
  const card = (name: string, ...mayBeIn: string[]): Canary => ({ name, value: cardNumber(), mayBeIn });
  const profile = (column: string) => [`database identity: users.${column}`];
  return {
    password: text("the password of the demo users"),
    ownPassword: text("a customer's password"),
    wrongPassword: text("a wrong password"),
    wrongSecret: text("a wrong client secret"),
    wrongToken: text("a token that is none"),
    name: text("a customer's name", ...profile("name")),
    email: text("a customer's email address", ...profile("email")),
    street: text("the street of an order", ...addressPlaces),
    city: text("the city of an order", ...addressPlaces),
    profileStreet: text("the street of a profile", ...profile("addresses"), ...addressPlaces),
    refusedStreet: text("the street of an order that is refused"),
    cardAsMethod: card("a card number as the payment method"),
    cardAsName: card("a card number as a product's name"),
    cardAsId: card("a card number as an id"),
    cardAsLogin: card("a card number as a username"),
    cardInPath: card("a card number in a path or a query"),
    cardInHeader: card("a card number in a header"),
    cardInGarbage: card("a card number in what cannot be read"),
    cardAsFilter: card("a card number in a filter or a page token"),
    cardAsAgent: card("a card number as the name of a client"),
    cardAsUndo: card("a card number as the name of an undo"),
    cardInStreet: card("a card number in an address", ...addressPlaces),
    cardAsKey: card("a card number as an idempotency key", "database orders: orders.idempotency_key"),
    cardAsReason: card("a card number in an operator's reason", ...reasonPlaces),
    cardAsStockReason: card(
      "a card number in the reason of a change of the stock",
      "database inventory: stock_adjustments.reason",
    ),
  };
}

export type Canaries = ReturnType<typeof createCanaries>;

/** 16 digits as a card has them, which no clock shows. */
function cardNumber(): string {
  return `4${Array.from({ length: 15 }, () => randomInt(10)).join("")}`;
}

/** A secret or token that the system itself has made: nobody may find it in clear anywhere. */
export function secretCanary(name: string, value: string, ...mayBeIn: string[]): Canary {
  return { name, value, mayBeIn };
}

/** The parts of a token by which it could be used or known again. */
export function tokenCanaries(name: string, token: string): Canary[] {
  const [, payload, signature] = token.split(".");
  if (payload === undefined || signature === undefined) return [secretCanary(name, token)];
  return [
    secretCanary(`${name}, its claims`, payload.slice(-40)),
    secretCanary(`${name}, its signature`, signature.slice(0, 40)),
  ];
}

/** The ways in which a text may be written: as it is, in hexadecimal, and inside base64 at each of its three offsets. */
export function writings(value: string): string[] {
  const bytes = Buffer.from(value);
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    // What stands before and after shares the characters at both ends.
    const from = offset === 0 ? 0 : offset + 1;
    const whole = shifted.subarray(0, shifted.length - (shifted.length % 3));
    return [whole.toString("base64").slice(from), whole.toString("base64url").slice(from)];
  });
  return [...new Set([value, bytes.toString("hex"), ...inBase64])];
}
