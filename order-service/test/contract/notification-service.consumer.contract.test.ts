import { orderToNotification } from "@shop/contracts/boundaries/order-service-to-notification-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { silentLog } from "@shop/platform/logging";
import { fromWireMoney } from "@shop/platform/money";
import { SendNotificationRequest } from "@shop/protos/gen/shop/notifications/v1/notifications";
import type { Delivery } from "../../src/clients/notifications-client.ts";
import { connectSubscribers, type Subscribers } from "../../src/clients/subscribers.ts";
import { isSubscribed, type SubscribedEvent } from "../../src/domain/order-event.ts";
import { expectedOf, failureOf, fixedTokens, requestOf } from "./_consumer.ts";

const done = { kind: "done" };
const gone = { kind: "refused", code: "FAILED_PRECONDITION", reason: "NO_RECIPIENT" };
const refused = (field: string) => ({ kind: "refused", code: "VALIDATION_FAILED", fields: [field] });
const underWay = { kind: "away", code: "ABORTED" };
/** So the outbox keeps the event and holds others back: the subscriber cannot do its part. */
const away = { kind: "away", code: "UNAVAILABLE" };

/** What the outbox relay is told, by the interaction. */
const outcomes: Record<string, object> = {
  "to tell of a completed order": done,
  "to tell of a completed order, again": done,
  "to tell of a completed order while another does": underWay,
  "to tell of a completed order whose message was being sent when its process was lost": done,
  "to tell of a completed order of a user who is gone": gone,
  "to tell of a completed order of a user who is gone, again": gone,
  "to tell of a completed order of a user who is back": done,
  "to tell of a completed order when no message is taken": away,
  "to tell of another amount under the same event id": refused("event"),
  "to tell of a completed order under the id of a failed one's event": refused("event"),
  "to tell of a completed order without its amount": refused("event.total_amount"),
  "to tell of a completed order without a token that counts": away,
  "to tell of a completed order with a token for another participant": away,
  "to tell of an order that failed before its stock was reserved": done,
  "to tell of an order that failed afterwards": done,
  "to tell of a failed order, again": done,
  "to tell of a failed order while another does": underWay,
  "to tell of a failed order of a user who is gone": gone,
  "to tell of a failed order when no message is taken": away,
  "to tell of another failure under the same event id": refused("event"),
  "to tell of a failed order under the id of a completed one's event": refused("event"),
  "to tell of a failed order without its failure": refused("event.failure"),
  "to tell of a failed order without a token that counts": away,
  "to tell of a failed order with a token for another participant": away,
};

describeConsumer(orderToNotification, {
  async call(interaction, address) {
    const tokens = fixedTokens();
    const subscribers = connectSubscribers({
      address,
      tokens,
      log: silentLog(),
      onBreaker: () => undefined,
      onReachable: () => undefined,
    });
    try {
      const delivery = await deliver(subscribers, interaction);
      expect(delivery).toEqual(expectedOf(interaction, outcomes));
      const { response } = interaction;
      const isRefused = "error" in response && response.error.code === "UNAUTHENTICATED";
      expect(tokens.refused).toEqual(isRefused ? ["a-token"] : []);
    } finally {
      subscribers.close();
    }
  },
});

async function deliver({ fresh }: Subscribers, interaction: RpcInteraction): Promise<object> {
  const delivery: Delivery = await fresh.deliver(eventOf(interaction), new AbortController().signal);
  return { kind: delivery.kind, ...("error" in delivery && failureOf(delivery.error)) };
}

/** The event as the outbox hands it over. */
function eventOf(interaction: RpcInteraction): SubscribedEvent {
  const { event } = requestOf(interaction, SendNotificationRequest);
  if (event?.occurredAt === undefined || !isSubscribed(event.type)) throw new Error("The interaction has no event.");
  const { type, occurredAt, totalAmount, failure } = event;
  const amount = totalAmount && fromWireMoney(totalAmount);
  return { ...event, type, occurredAt, totalAmount: amount, failure };
}
