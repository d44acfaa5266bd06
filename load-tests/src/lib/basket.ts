/** The kinds of customers that the tests play. */
export type BasketKind = "good" | "declined" | "notServed" | "soldOut" | "repeated";

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zipCode: string;
  readonly country: string;
}

/** A product as far as a customer needs it. */
export interface Product {
  readonly id: string;
  readonly priceCents: number;
  readonly available: number;
}

/** What `data/customers.json` holds. */
export interface Customers {
  readonly served: readonly Address[];
  readonly notServed: readonly Address[];
  readonly quantities: readonly number[];
  readonly lines: readonly number[];
  readonly mix: readonly { readonly kind: BasketKind; readonly share: number }[];
  readonly paymentMethods: { readonly good: string; readonly declined: string };
}

/** What one customer is going to order. */
export interface Basket {
  readonly kind: BasketKind;
  readonly items: readonly { readonly productId: string; readonly quantity: number; readonly priceCents: number }[];
  readonly shippingAddress: Address;
  readonly paymentMethod: string;
  /** Only where the customer's side assigns it. */
  readonly orderId?: string;
  readonly idempotencyKey: string;
}

/** Where chance comes from: numbers from 0 to below 1, and UUIDs. */
export interface Chance {
  random(): number;
  uuid(): string;
}

/** Fills a basket; of which kind, the shares of the mix decide where it is not said. */
export function fillBasket(
  customers: Customers,
  products: readonly Product[],
  chance: Chance,
  kind: BasketKind = kindOf(customers.mix, chance.random()),
): Basket {
  return {
    kind,
    items: choose(products, pick(customers.lines, chance), chance).map(({ id, priceCents }) => ({
      productId: id,
      quantity: pick(customers.quantities, chance),
      priceCents,
    })),
    shippingAddress: pick(kind === "notServed" ? customers.notServed : customers.served, chance),
    paymentMethod: kind === "declined" ? customers.paymentMethods.declined : customers.paymentMethods.good,
    orderId: kind === "soldOut" ? soldOutId(chance) : undefined,
    idempotencyKey: chance.uuid(),
  };
}

/** The kind whose turn it is, where all are to come as often. */
export function kindOfTurn({ mix }: Customers, turn: number): BasketKind {
  return mix[turn % mix.length]?.kind ?? "good";
}

/** What such a basket's order may come to. */
export function expectedOutcome(kind: BasketKind): string {
  switch (kind) {
    case "good":
    case "repeated":
      return "Completed";
    case "declined":
      return "PAYMENT_DECLINED";
    case "notServed":
      return "ADDRESS_NOT_SERVED";
    case "soldOut":
      return "OUT_OF_STOCK";
    default:
      return kind satisfies never;
  }
}

/** Products for all purses: three lines of two of each stay below the sandbox's limit of 1000.00. */
export function isAffordable({ priceCents }: Product): boolean {
  return priceCents > 0 && priceCents <= 15_000;
}

/** By the sandbox's rules an order whose id ends in 0 is out of stock. */
function soldOutId({ uuid }: Chance): string {
  return `${uuid().slice(0, -1)}0`;
}

function kindOf(mix: Customers["mix"], random: number): BasketKind {
  const wanted = random * mix.reduce((sum, { share }) => sum + share, 0);
  const upTo = (index: number) => mix.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
  return mix.find((_, index) => wanted < upTo(index))?.kind ?? "good";
}

/** So many different ones. */
function choose<T>(all: readonly T[], count: number, chance: Chance): T[] {
  const left = [...all];
  return Array.from({ length: Math.min(count, all.length) }, () =>
    left.splice(Math.floor(chance.random() * left.length), 1),
  ).flat();
}

function pick<T>(all: readonly T[], { random }: Chance): T {
  return all[Math.floor(random() * all.length)] as T;
}
