import { check } from "k6";
import http from "k6/http";
import { type Basket, expectedOutcome, fillBasket, kindOfTurn, type Product } from "./basket.ts";
import { customers } from "./customers.ts";
import type { Answer, Door } from "./door.ts";
import { REQUEST_TIMEOUT } from "./door.ts";
import { recordOutcome, recordPayment, recordRequest, recordUndos } from "./metrics.ts";
import { amountsAgree, isEnded, type Order, outcomeOf, sagaAgrees, undosIn } from "./order.ts";
import { answerOf } from "./rest-door.ts";
import type { Slots } from "./slots.ts";
import type { RequestKind } from "./thresholds.ts";

/** Of a hundred visits, how many look at the catalogue, at the saga of a good order, at the list of own orders. */
const BROWSE_PERCENT = 20;
const SAGA_PERCENT = 25;
const LIST_PERCENT = 5;

/** Whose visit it is, to which shop. */
export interface Visitor {
  readonly door: Door;
  readonly token: string;
  readonly baseUrl: string;
  readonly products: readonly Product[];
  readonly slots: Slots;
  /** The number of a thorough visit: every kind of order has its turn, and everything is looked at. */
  readonly turn?: number;
}

const chance = { random: Math.random, uuid: () => crypto.randomUUID() };

/** One customer's visit: perhaps a look at the catalogue, an order, and a look at what became of it. */
export function visit(visitor: Visitor): void {
  const { products, turn } = visitor;
  const looks = (percent: number) => turn !== undefined || Math.random() * 100 < percent;
  if (looks(BROWSE_PERCENT)) browse(visitor);
  const basket = fillBasket(customers, products, chance, turn === undefined ? undefined : kindOfTurn(customers, turn));
  const order = place(visitor, basket);
  if (order === undefined) return;
  if (basket.kind === "repeated") repeat(visitor, basket, order);
  read(visitor, order);
  if (!isEnded(order) || basket.kind !== "good" || looks(SAGA_PERCENT)) readSaga(visitor, order);
  if (looks(LIST_PERCENT)) list(visitor);
}

function place(visitor: Visitor, basket: Basket): Order | undefined {
  const { door, token } = visitor;
  const order = recorded(visitor, "place", door.place(token, basket));
  const outcome = order === undefined ? "no_answer" : outcomeOf(order);
  const isAsMeant = outcome === expectedOutcome(basket.kind);
  recordOutcome(outcome);
  if (basket.kind !== "soldOut") recordPayment(isAsMeant);
  if (order === undefined) return undefined;
  check(order, {
    "an order comes to the end that was meant, or goes on": () => isAsMeant || outcome === "pending",
    "an order's total is the sum of its lines": amountsAgree,
  });
  return order;
}

function repeat(visitor: Visitor, basket: Basket, first: Order): void {
  const again = recorded(visitor, "repeat", visitor.door.place(visitor.token, basket));
  if (again) check(again, { "the same order again is the same order": ({ id }) => id === first.id });
}

function read(visitor: Visitor, { id, status, totalCents }: Order): void {
  const found = recorded(visitor, "read", visitor.door.read(visitor.token, id));
  if (!found) return;
  check(found, {
    "an order that is read is the one that was placed": (order) =>
      order.id === id && (order.status === status || status !== "Completed") && amountsAgree(order),
    "an order's total does not change": (order) => totalCents === undefined || order.totalCents === totalCents,
  });
}

function readSaga(visitor: Visitor, order: Order): void {
  const saga = recorded(visitor, "saga", visitor.door.saga(visitor.token, order.id));
  if (!saga) return;
  recordUndos(undosIn(saga));
  check(saga, { "a saga ends as its order does": (found) => sagaAgrees(order, found) });
}

function list(visitor: Visitor): void {
  const count = recorded(visitor, "list", visitor.door.list(visitor.token));
  if (count !== undefined) check(count, { "own orders are listed": (found) => found > 0 });
}

/** The catalogue is open to everybody, and by REST only. */
function browse(visitor: Visitor): void {
  const answer = answerOf(
    () =>
      http.get(`${visitor.baseUrl}/api/products`, {
        tags: { name: "GET /api/products" },
        timeout: REQUEST_TIMEOUT,
        responseType: "text",
      }),
    [200],
    (json) => (json as { products: unknown[] }).products.length,
  );
  const rest = { ...visitor, door: { ...visitor.door, name: "rest" as const } };
  const count = recorded(rest, "products", answer);
  if (count !== undefined) check(count, { "products are listed": (found) => found > 0 });
}

function recorded<T>({ door, slots }: Visitor, kind: RequestKind, answer: Answer<T>): T | undefined {
  recordRequest(slots, { ...answer, kind, door: door.name });
  return answer.value;
}
