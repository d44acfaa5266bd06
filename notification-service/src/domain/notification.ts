import type { Message } from "./message.ts";
import type { NotificationKind } from "./order-event.ts";

/**
 * A message to a customer and how far it has come:
 *
 * - `PENDING`: it is to be sent. Whoever holds its claim sends it; when the claim is over, anyone may.
 * - `SENT`: the transport has taken it. Final.
 * - `UNDELIVERABLE`: there is nobody to send it to. Whoever asks for it once more claims it: there may be somebody now.
 */
export interface Notification {
  readonly id: string;
  readonly eventId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly kind: NotificationKind;
  readonly message: Message;
  readonly status: "PENDING" | "SENT" | "UNDELIVERABLE";
  /** When the transport had taken it. */
  readonly sentAt?: Date;
}
