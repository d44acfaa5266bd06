import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { FAR, HOME, type Product, type Shop } from "./_shop.ts";

/** Callers who order all the time and ask again, with the same key, until they are answered. */
export interface Load {
  /** How many orders were answered so far. */
  readonly answered: number;
  /** What made callers ask again: answers of 500 and above, and lost ones. */
  readonly setbacks: readonly string[];
  /** Lets every caller finish its order, and gives the ids that they were told. */
  stop(): Promise<readonly string[]>;
}

const pauseMs = 100;
/** A caller that has asked so often gives up; what it was told until then counts. */
const mostTries = 300;
/** Good orders and, among them, some that are refused and some that are undone. */
const kinds = [{}, {}, {}, { paymentMethod: "pm_declined" }, {}, { shippingAddress: FAR }];

/** Starts ordering. */
export function startLoad(shop: Shop, products: readonly Product[], callers = 6): Load {
  const told = new Set<string>();
  let isStopping = false;
  const setbacks: string[] = [];
  let count = 0;

  async function orderUntilAnswered(): Promise<void> {
    count += 1;
    const product = products[count % products.length] as Product;
    const body = {
      items: [{ productId: product.id, quantity: 1 + (count % 2) }],
      shippingAddress: HOME,
      ...kinds[count % kinds.length],
    };
    const headers = { "idempotency-key": randomUUID() };
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const answer = await shop.order(body, headers).catch((err: Error) => err); // nobody listens, or too slowly
      if (!(answer instanceof Error) && answer.status < 500 && answer.status !== 429) {
        if (answer.status !== 201 && answer.status !== 202) throw new Error(`An order was answered ${answer.status}.`);
        told.add(answer.body.id);
        return;
      }
      setbacks.push(answer instanceof Error ? String(answer) : `${answer.status} ${answer.body.detail}`);
      await wait(pauseMs);
    }
    throw new Error("An order was not answered.");
  }

  const calling = Array.from({ length: callers }, async () => {
    while (!isStopping) await orderUntilAnswered();
  });
  const ended = Promise.all(calling);
  ended.catch(() => undefined); // told by stop()
  return {
    get answered() {
      return told.size;
    },
    setbacks,
    async stop() {
      isStopping = true;
      await ended;
      return [...told];
    },
  };
}
