import { AppError, validationFailed } from "@shop/platform/errors";
import { retryRead } from "@shop/platform/resilience";
import { messageOf } from "../domain/message.ts";
import type { Notification } from "../domain/notification.ts";
import type { OrderEvent } from "../domain/order-event.ts";
import { type Claim, claimNotification } from "../store/claim-notification.ts";
import { markSent, markUndeliverable, releaseClaim } from "../store/settle-notification.ts";
import type { ServiceParts } from "./service-parts.ts";

/** A sending ends before its claim does, so that nobody else begins meanwhile. */
const SENDING_PART_OF_CLAIM = 0.6;
/** What is known by then is written until the claim is nearly over, where the database is away just then. */
const WRITING_PART_OF_CLAIM = 0.9;
const WRITES_AT_MOST = 10;

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
      return deliver(parts, claim, caller);
    case "known":
      return answerFrom(claim.notification);
    case "otherEvent":
      throw validationFailed([{ field: "event", message: "must be what was first sent under this event_id" }]);
    default:
      return claim satisfies never;
  }
}

async function deliver(
  parts: ServiceParts,
  { notification: pending, until }: Extract<Claim, { kind: "claimed" }>,
  caller: AbortSignal,
): Promise<Notification> {
  const { database, events, claimMs } = parts;
  const writing = AbortSignal.timeout(claimMs * WRITING_PART_OF_CLAIM);
  let hasRecipient: boolean;
  try {
    hasRecipient = await handOver(parts, pending, caller);
  } catch (err) {
    events.notificationFailed(pending, err);
    // Where this fails too, the claim ends by itself.
    await releaseClaim(database, pending.eventId, until).catch(() => undefined);
    throw new AppError("UNAVAILABLE", "The message could not be handed over.", { cause: err });
  }
  // Safe to repeat as a read is. What is not written now is handed over again, and the customer reads it twice.
  const settled = await retryRead(() => (hasRecipient ? markSent : markUndeliverable)(database, pending.eventId), {
    attempts: WRITES_AT_MOST,
    signal: writing,
  });
  if (settled.isNew && hasRecipient) events.notificationSent(settled.notification);
  if (settled.isNew && !hasRecipient) events.notificationUndeliverable(settled.notification);
  return answerFrom(settled.notification);
}

/**
 * False where there is nobody to give it to. A caller that goes away ends the looking up, but not the sending: a message
 * that the transport has begun to take would have to be handed over again.
 */
async function handOver(
  { recipients, transport, claimMs }: ServiceParts,
  pending: Notification,
  caller: AbortSignal,
): Promise<boolean> {
  const timeIsUp = AbortSignal.timeout(claimMs * SENDING_PART_OF_CLAIM);
  const recipient = await recipients.find(pending.userId, AbortSignal.any([caller, timeIsUp]));
  if (recipient === undefined) return false;
  const { id: messageId, message } = pending;
  await transport.send({ ...message, messageId, about: pending, recipient }, timeIsUp);
  return true;
}

function answerFrom(notification: Notification): Notification {
  const { status, userId, eventId } = notification;
  switch (status) {
    case "SENT":
      return notification;
    case "UNDELIVERABLE":
      throw new AppError("FAILED_PRECONDITION", `There is no user ${userId} who can be written to.`, {
        reason: "NO_RECIPIENT",
      });
    case "PENDING":
      throw new AppError("ABORTED", `The message of event ${eventId} is being sent: ask again.`);
    default:
      return status satisfies never;
  }
}
