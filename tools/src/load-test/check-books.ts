import { setTimeout as wait } from "node:timers/promises";
import { faultsOf } from "../audit/book-faults.ts";
import { type Books, type BookUrls, type ProductAccount, readBooks } from "../audit/books.ts";
import { queryOnce } from "../audit/query-once.ts";
import type { Told } from "./told.ts";

/** What the books of all services say when a load test is over. */
export interface Verdict {
  readonly isExact: boolean;
  /** For a person, several lines. */
  readonly text: string;
}

export interface BooksCheck {
  /** What stood on the shelves before the test. */
  readonly before: readonly ProductAccount[];
  /** What the callers were told; undefined where nobody has counted. */
  readonly told?: Told;
  /** Ends the waiting: what has not ended by then is a fault. */
  readonly signal?: AbortSignal;
  /** How long orders may take to end; a step that fails is tried for half a minute before it is given up. Default 120,000. */
  readonly limitMs?: number;
}

const pollMs = 500;
const mostFaultsShown = 20;

/** Waits until every order has ended, and holds the books of all services, and what callers were told, against each other. */
export async function checkBooks(urls: BookUrls, check: BooksCheck): Promise<Verdict> {
  const open = await waitUntilEnded(urls.orders, check);
  return verdictOf(await readBooks(urls), open, check);
}

/** What the books say, with so many orders that have not ended. */
export function verdictOf(books: Books, open: number, { before, told }: Pick<BooksCheck, "before" | "told">): Verdict {
  const counts = countsOf(books);
  const faults = [
    ...(open > 0 ? [`${open} orders have not ended`] : []),
    ...(told === undefined ? [] : broken(told, counts)),
    ...faultsOf(books, before),
  ];
  return { isExact: faults.length === 0, text: [...summaryOf(counts), ...judgement(faults, counts)].join("\n") };
}

async function waitUntilEnded(ordersUrl: string, { limitMs = 120_000, signal }: BooksCheck): Promise<number> {
  const until = performance.now() + limitMs;
  for (;;) {
    const [row] = await queryOnce<{ open: number }>(
      ordersUrl,
      "SELECT count(*)::int AS open FROM order_sagas WHERE completed_at IS NULL",
    );
    const open = row?.open ?? 0;
    if (open === 0 || performance.now() > until || signal?.aborted) return open;
    await wait(pollMs);
  }
}

interface Counts extends Told {
  readonly failedOrders: number;
  readonly charges: number;
  readonly refunds: number;
  readonly payments: number;
}

function countsOf({ orders, strangePayments }: Books): Counts {
  const withStatus = (status: string) => orders.filter(({ order }) => order?.status === status).length;
  return {
    orders: orders.filter(({ order }) => order !== undefined).length,
    completedOrders: withStatus("Completed"),
    failedOrders: withStatus("Failed"),
    charges: orders.reduce((sum, { charges }) => sum + charges, 0),
    refunds: orders.reduce((sum, { refunds }) => sum + refunds, 0),
    payments: strangePayments.length,
    chargedPayments: strangePayments.filter(({ charges }) => charges > 0).length,
    refundedPayments: strangePayments.filter(({ refunds }) => refunds > 0).length,
  };
}

/** Promises that the books know nothing of. */
function broken(told: Told, counts: Counts): string[] {
  const names: Record<keyof Told, string> = {
    orders: "orders",
    completedOrders: "completed orders",
    chargedPayments: "payments that are charged",
    refundedPayments: "payments that are given back",
  };
  return (Object.keys(names) as (keyof Told)[]).flatMap((name) =>
    counts[name] < told[name]
      ? [`callers were told of ${told[name]} ${names[name]}, the books have ${counts[name]}`]
      : [],
  );
}

function summaryOf(counts: Counts): string[] {
  const { payments, chargedPayments, refundedPayments } = counts;
  const orders = `Orders    ${counts.orders}: ${counts.completedOrders} completed, ${counts.failedOrders} failed`;
  const charges = `Charges   ${counts.charges} for orders, ${counts.refunds} of them given back`;
  const without = `Payments  ${payments} without an order: ${chargedPayments} charged, ${refundedPayments} of them given back`;
  return [...(counts.orders > 0 || payments === 0 ? [orders, charges] : []), ...(payments > 0 ? [without] : [])];
}

function judgement(faults: readonly string[], { orders, payments }: Counts): string[] {
  if (faults.length === 0 && orders + payments === 0) {
    return ["Verdict   Nothing was ordered and nothing paid: the books are exact, and show nothing."];
  }
  if (faults.length === 0) {
    return [
      "Verdict   No order was lost and nobody was charged twice: all has ended as it must, and the books are exact.",
    ];
  }
  const shown = faults.slice(0, mostFaultsShown).map((fault) => `  - ${fault}`);
  const left = faults.length - shown.length;
  return ["Verdict   THE BOOKS ARE NOT EXACT:", ...shown, ...(left > 0 ? [`  and ${left} more`] : [])];
}
