import { AppError, validationFailed } from "@shop/platform/errors";
import { messageOf } from "../domain/message.ts";
import type { Notification } from "../domain/notification.ts";
import type { OrderEvent } from "../domain/order-event.ts";
import { claimNotification } from "../store/claim-notification.ts";
import { markSent, markUndeliverable, releaseClaim } from "../store/settle-notification.ts";
import type { ServiceParts } from "./service-parts.ts";

/** A sending ends before its claim does, so that nobody else begins meanwhile. */
const SENDING_PART_OF_CLAIM = 0.6;

/**
 * Sends the message that tells of an event, once per event: the intent is stored, then the transport is given the
 * message, then it is stored that it was. Of two callers at once one sends; the other is ABORTED and asks again.
 *
 * A process that dies between the transport and the last step leaves a message that may have been taken: it is handed
 * over again, under the same message id, when the claim is over. The transport gets every message at least once.
 */
export async function send(parts: ServiceParts, event: OrderEvent, caller: AbortSignal): Promise<Notification> {
  const { database, claimMs } = parts;
  const claim = await claimNotification(database, event, messageOf(event), claimMs);
  switch (claim.kind) {
    case "claimed":
      return deliver(parts, claim.notification, caller);
    case "known":
      return answerFrom(claim.notification);
    case "otherEvent":
      throw validationFailed([{ field: "event", message: "must be what was first sent under this event_id" }]);
    default:
      return claim satisfies never;
  }
}

async function deliver(parts: ServiceParts, pending: Notification, caller: AbortSignal): Promise<Notification> {
  const { database, events, claimMs } = parts;
  const signal = AbortSignal.any([caller, AbortSignal.timeout(claimMs * SENDING_PART_OF_CLAIM)]);
  let hasRecipient: boolean;
  try {
    hasRecipient = await handOver(parts, pending, signal);
  } catch (err) {
    events.notificationFailed(pending, err);
    // Where this fails too, the claim ends by itself.
    await releaseClaim(database, pending.eventId).catch(() => undefined);
    throw new AppError("UNAVAILABLE", "The message could not be handed over.", { cause: err });
  }
  const settled = await (hasRecipient ? markSent : markUndeliverable)(database, pending.eventId);
  if (settled.isNew && hasRecipient) events.notificationSent(settled.notification);
  if (settled.isNew && !hasRecipient) events.notificationUndeliverable(settled.notification);
  return answerFrom(settled.notification);
}

/** False where there is nobody to give it to. */
async function handOver({ recipients, transport }: ServiceParts, pending: Notification, signal: AbortSignal) {
  const recipient = await recipients.find(pending.userId, signal);
  if (recipient === undefined) return false;
  const { id: messageId, message } = pending;
  await transport.send({ ...message, messageId, about: pending, recipient }, signal);
  return true;
}

function answerFrom(notification: Notification): Notification {
  const { status, userId, eventId } = notification;
  switch (status) {
    case "SENT":
      return notification;
    case "UNDELIVERABLE":
      throw new AppError("FAILED_PRECONDITION", `There is no user ${userId} any more.`, { reason: "NO_RECIPIENT" });
    case "PENDING":
      throw new AppError("ABORTED", `The message of event ${eventId} is being sent: ask again.`);
    default:
      return status satisfies never;
  }
}
