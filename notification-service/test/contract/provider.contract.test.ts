import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { orderToNotification } from "@shop/contracts/boundaries/order-service-to-notification-service";
import { type StateHandler, verifyProvider } from "@shop/contracts/verify-provider";
import { messageOf } from "../../src/domain/message.ts";
import type { OrderEvent } from "../../src/domain/order-event.ts";
import { claimNotification } from "../../src/store/claim-notification.ts";
import { markSent, markUndeliverable, releaseClaim } from "../../src/store/settle-notification.ts";
import { type Notifications, openNotifications } from "../_notifications.ts";

/** Longer than any verification takes. */
const claimMs = 300_000;

let notifications: Notifications;
/** The orders about which the transport takes no message. */
const notTaken = new Set<string>();

beforeAll(async () => {
  notifications = await openNotifications({ claimMs });
  notifications.onSend = async ({ about }) => {
    if (notTaken.has(about.orderId)) throw new Error("The transport takes nothing about this order.");
  };
});
afterAll(() => notifications.close());

const states: Record<string, StateHandler> = {
  ...tokenStates,
  "a user does not exist": async ({ userId }) => notifications.identity.profiles.delete(String(userId)),
  "messages about an order are not taken": async ({ orderId }) => notTaken.add(String(orderId)),
  "the message that tells of an event is being sent": claim,
  "the message that tells of an event was left behind": async (params) => {
    const { event, until } = await claim(params);
    await releaseClaim(notifications.context.database, event.eventId, until);
  },
  "the message that tells of an event had no recipient": async (params) => {
    const { event } = await claim(params);
    await markUndeliverable(notifications.context.database, event.eventId);
  },
  "the message that tells of an event was sent": async (params) => {
    const { database } = notifications.context;
    const { event } = await claim(params);
    await markSent(database, event.eventId);
    const { id, sentAt } = params;
    await database.query("UPDATE notifications SET id = $2, sent_at = $3 WHERE event_id = $1", [
      event.eventId,
      id,
      sentAt,
    ]);
  },
};

verifyProvider([orderToNotification], {
  address: () => `127.0.0.1:${notifications.context.ports.grpc}`,
  token: (interaction) =>
    tokenFor(interaction, {
      valid: notifications.identity.serviceToken({ scopes: ["notifications"] }),
      ofAnotherScope: notifications.identity.serviceToken({ scopes: ["inventory", "payments"] }),
    }),
  states,
});

type Params = Parameters<StateHandler>[0];

async function claim(params: Params): Promise<{ event: OrderEvent; until: string }> {
  const event = eventOf(params);
  const claimed = await claimNotification(notifications.context.database, event, messageOf(event), claimMs);
  if (claimed.kind !== "claimed")
    throw new Error(`Event ${event.eventId} is told of already: interactions share none.`);
  return { event, until: claimed.until };
}

function eventOf(params: Params): OrderEvent {
  const text = (name: string) => String(params[name]);
  const { eventId, orderId, userId } = { eventId: text("eventId"), orderId: text("orderId"), userId: text("userId") };
  const common = { eventId, orderId, userId, occurredAt: new Date(text("occurredAt")) };
  if (params.type === "domain.order.OrderCompleted") {
    const totalAmount = { minorUnits: Number(params.minorUnits), currency: text("currency") };
    return { kind: "COMPLETED", ...common, totalAmount };
  }
  const failure = { code: text("failureCode"), message: text("failureMessage"), step: text("failureStep") };
  return { kind: "CANCELLED", ...common, failure };
}
