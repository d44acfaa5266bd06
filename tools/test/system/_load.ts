import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "@shop/testkit/eventually";
import { type Answer, FAR, HOME, type Product, type Shop } from "./_shop.ts";

/** Callers who order all the time and ask again, with the same key, until they are answered. */
export interface Load {
  /** What made callers ask again: answers of 500 and above, and lost ones. */
  readonly setbacks: readonly string[];
  /** Resolves when so many more are answered; rejects with what went wrong where that takes too long. */
  more(count: number): Promise<void>;
  /** Lets every caller finish its order, and gives the ids that they were told. */
  stop(): Promise<readonly string[]>;
}

const moreLimitMs = 90_000;
const pauseMs = 100;
/** A caller that has asked so often gives up; what it was told until then counts. */
const mostTries = 300;
/** Good orders and, among them, some that are refused, some that are undone, and some whose charge is never answered. */
const kinds = [
  ...[{}, {}, {}, { paymentMethod: "pm_declined" }, {}, { shippingAddress: FAR }],
  ...[{}, {}, { paymentMethod: "pm_timeout" }, { shippingAddress: FAR }, {}, {}],
];

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
      // An error means that nobody listens, or answers too slowly.
      const { answer, err } = await shop.order(body, headers).then(answered, lost);
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
        if (answer.status !== 201 && answer.status !== 202) throw new Error(`An order was answered ${answer.status}.`);
        told.add(answer.body.id);
        return;
      }
      setbacks.push(answer === undefined ? String(err) : `${answer.status} ${answer.body.detail}`);
      await wait(pauseMs);
    }
    throw new Error("An order was not answered.");
  }

  const calling = Array.from({ length: callers }, async () => {
    while (!isStopping) await orderUntilAnswered();
  });
  const ended = Promise.all(calling);
  let fault: unknown;
  ended.catch((err: unknown) => {
    fault = err; // told by stop() too
  });
  return {
    setbacks,
    async more(count) {
      const until = told.size + count;
      const isReached = () => {
        if (fault !== undefined) throw fault;
        if (told.size >= until) return;
        throw new Error(
          `${until - told.size} of ${count} orders were not answered; last: ${setbacks.slice(-10).join("; ")}`,
        );
      };
      await eventually(isReached, { timeoutMs: moreLimitMs, intervalMs: 50 });
    },
    async stop() {
      isStopping = true;
      await ended;
      return [...told];
    },
  };
}

interface Outcome {
  readonly answer?: Answer;
  readonly err?: unknown;
}

const answered = (answer: Answer): Outcome => ({ answer });
const lost = (err: unknown): Outcome => ({ err });
