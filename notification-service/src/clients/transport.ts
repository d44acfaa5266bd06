import type { Message } from "../domain/message.ts";
import type { Notification } from "../domain/notification.ts";

/** Whom a message goes to. It comes from the customer's profile and is stored nowhere in this service. */
export interface Recipient {
  readonly name: string;
  readonly email: string;
}

/** A message on its way out. */
export interface Outgoing extends Message {
  /** Stays the same when the message is handed over again: a transport that knows it can drop the repetition. */
  readonly messageId: string;
  readonly about: Pick<Notification, "eventId" | "kind" | "orderId">;
  readonly recipient: Recipient;
}

/** What carries messages to customers. */
export interface Transport {
  /**
   * Hands the message over. Throws where it was not, or perhaps not, taken; it is handed over again then. What it throws
   * is logged and names no recipient. One recipient's slowness is for it to bear: throwing means that nobody is reached.
   */
  send(message: Outgoing, signal: AbortSignal): Promise<void>;
}
