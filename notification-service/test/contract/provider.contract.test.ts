import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { orderToNotification } from "@shop/contracts/boundaries/order-service-to-notification-service";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { exampleOf } from "@shop/contracts/match";
import { type StateHandler, verifyProvider } from "@shop/contracts/verify-provider";
import { toWireMoney } from "@shop/platform/money";
import type { OrderEvent as OrderEventMessage } from "@shop/protos/gen/shop/notifications/v1/notifications";
import { parseOrderEvent } from "../../src/api/parse-order-event.ts";
import { messageOf } from "../../src/domain/message.ts";
import type { OrderEvent } from "../../src/domain/order-event.ts";
import { claimNotification } from "../../src/store/claim-notification.ts";
import { markUndeliverable, releaseClaim } from "../../src/store/settle-notification.ts";
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
  // Through the service's own door, so that what is known of the message is what the service makes of it.
  "the message that tells of an event was sent": async ({ id, sentAt, ...params }) => {
    const { client, options, context } = notifications;
    const event = eventOf(params);
    if (event.failure === undefined) await client.sendNotification({ event }, options);
    else await client.sendCancellation({ event }, options);
    const text = "UPDATE notifications SET id = $2, sent_at = $3 WHERE event_id = $1";
    await context.database.query(text, [event.eventId, id, sentAt]);
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

test("hands each message over once, and stores how far it has come", async () => {
  const expected = orderToNotification.interactions.map((interaction) => [
    interaction.description,
    { handedOver: isSent(interaction) ? 1 : 0, status: standsAfter(interaction) },
  ]);
  const found = orderToNotification.interactions.map(async ({ description, request }) => {
    const { eventId } = (exampleOf(request) as { event: { eventId: string } }).event;
    const handedOver = notifications.handedOver.filter(({ about }) => about.eventId === eventId).length;
    return [description, { handedOver, status: (await notifications.rowOf(eventId))?.status }];
  });
  expect(await Promise.all(found)).toEqual(expected);
});

type Params = Parameters<StateHandler>[0];

/** Claims the message as a process does that is to send it, and does not send it. */
async function claim(params: Params): Promise<{ event: OrderEvent; until: string }> {
  const message = eventOf(params);
  const event = parseOrderEvent(message.failure ? "CANCELLED" : "COMPLETED", message);
  const claimed = await claimNotification(notifications.context.database, event, messageOf(event), claimMs);
  if (claimed.kind !== "claimed")
    throw new Error(`Event ${event.eventId} is told of already: interactions share none.`);
  return { event, until: claimed.until };
}

function eventOf(params: Params): OrderEventMessage {
  const text = (name: string) => String(params[name]);
  const hasFailed = params.type === "domain.order.OrderFailed";
  return {
    eventId: text("eventId"),
    type: text("type"),
    orderId: text("orderId"),
    userId: text("userId"),
    occurredAt: new Date(text("occurredAt")),
    totalAmount: hasFailed
      ? undefined
      : toWireMoney({ minorUnits: Number(params.minorUnits), currency: text("currency") }),
    failure: hasFailed
      ? { code: text("failureCode"), message: text("failureMessage"), step: text("failureStep") }
      : undefined,
  };
}

const wasSent = "the message that tells of an event was sent";

/** Claims that the message was handed over, before the interaction or by it. */
function isSent({ given, response }: RpcInteraction): boolean {
  return "message" in response || given.some(({ name }) => name === wasSent);
}

/** How far the message has come after the interaction; undefined where there is none. */
function standsAfter(interaction: RpcInteraction): string | undefined {
  const { response } = interaction;
  if (isSent(interaction) || "message" in response) return "SENT";
  switch (response.error.code) {
    case "FAILED_PRECONDITION":
      return "UNDELIVERABLE";
    case "ABORTED":
    case "UNAVAILABLE":
      return "PENDING";
    default:
      return undefined;
  }
}
