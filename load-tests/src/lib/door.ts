import type { Basket } from "./basket.ts";
import type { Order, Saga } from "./order.ts";
import type { ErrorCode } from "./thresholds.ts";

/** What came back: what was asked for, or why it is an error. */
export type Answer<T> = { readonly durationMs: number; readonly sentAt: number } & (
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: ErrorCode }
);

/** Reads what an answer holds. One that cannot be read is an error: k6 counts no exception of a script. */
export function readAnswer<T>(sent: { sentAt: number; durationMs: number }, read: () => T): Answer<T> {
  try {
    return { ...sent, value: read() };
  } catch {
    return { ...sent, error: "UNREADABLE" };
  }
}

/** A way into the shop; both do the same. */
export interface Door {
  readonly name: "rest" | "grpc";
  place(token: string, basket: Basket): Answer<Order>;
  read(token: string, orderId: string): Answer<Order>;
  saga(token: string, orderId: string): Answer<Saga>;
  /** How many orders the page of the user's newest ones has. */
  list(token: string): Answer<number>;
}

/** The most that a caller waits: the shop answers CreateOrder after 10 s, with the order as it stands. */
export const REQUEST_TIMEOUT = "15s";
/** How many of the newest orders are listed. */
export const PAGE_SIZE = 10;
