import { orderToShipping } from "@shop/contracts/boundaries/order-service-to-shipping-service";
import { describeConsumer } from "@shop/contracts/describe-consumer";
import type { RpcInteraction } from "@shop/contracts/interaction";
import {
  CancelShipmentRequest,
  GetShipmentRequest,
  ScheduleShipmentRequest,
} from "@shop/protos/gen/shop/shipping/v1/shipping";
import type { ShippingPort } from "../../src/checkout/ports.ts";
import { callParticipant, expectedOf, requestOf, terms } from "./_consumer.ts";

const scheduled = { trackingNumber: "SH0123456789ABCDEF" };
const scheduledFirst = { trackingNumber: "SHFIRSTTIME000000" };
const undone = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
const refused = (...fields: string[]) => ({ code: "VALIDATION_FAILED", fields });
const notServed = (message: string) => ({ refused: { code: "ADDRESS_NOT_SERVED", message } });
/** An undo answers with nothing but that it is done. */
const done = "done";

/** What the checkout is given, by the interaction. */
const outcomes: Record<string, unknown> = {
  "a shipment": scheduled,
  "a shipment without a state": scheduled,
  "the same shipment again": scheduledFirst,
  "the same shipment again, its lines in another order": scheduledFirst,
  "a shipment to a country that is not served": notServed("We do not ship to BR."),
  "a shipment that was refused, again": notServed("The road is closed."),
  "a shipment after its cancellation": undone,
  "a shipment after a cancellation that came first": undone,
  "a shipment to elsewhere after its cancellation": undone,
  "a shipment to another address than the order's": refused("address"),
  "a shipment of other lines than the order's": refused("lines"),
  "a shipment to another customer than the order's": refused("user_id"),
  "a shipment to another address than was refused": refused("address"),
  "a shipment to no country and of no lamps": refused("address.country", "lines[0].quantity"),
  "a shipment without a token that counts": { code: "UNAUTHENTICATED" },
  "a shipment with a token for another participant": { code: "PERMISSION_DENIED" },
  "a cancellation": done,
  "the same cancellation again": done,
  "a cancellation of nothing": done,
  "a cancellation of nothing, again": done,
  "a cancellation of a shipment that was refused": done,
  "a cancellation without a token that counts": { code: "UNAUTHENTICATED" },
  "a cancellation with a token for another participant": { code: "PERMISSION_DENIED" },
  "a look at a shipment that is scheduled": { isUndone: false },
  "a look at a shipment that was refused": { isUndone: false },
  "a look at a shipment that is cancelled": { isUndone: true },
  "a look at a shipment whose cancellation came first": { isUndone: true },
  "a look at a shipment that nobody asked for": { isUndone: false },
};

describeConsumer(orderToShipping, {
  async call(interaction, address) {
    const outcome = await callParticipant(interaction, address, ({ shipping }) => invoke(shipping, interaction));
    expect(outcome).toEqual(expectedOf(interaction, outcomes));
  },
});

async function invoke(shipping: ShippingPort, interaction: RpcInteraction): Promise<unknown> {
  switch (interaction.method) {
    case "ScheduleShipment": {
      const { address, ...shipment } = requestOf(interaction, ScheduleShipmentRequest);
      if (address === undefined) throw new Error("The interaction has no address.");
      return shipping.schedule({ ...shipment, address }, terms());
    }
    case "CancelShipment": {
      const { orderId } = requestOf(interaction, CancelShipmentRequest);
      return (await shipping.cancel(orderId, terms())) ?? done;
    }
    case "GetShipment": {
      const { orderId } = requestOf(interaction, GetShipmentRequest);
      return { isUndone: await shipping.isUndone(orderId, terms()) };
    }
    default:
      throw new Error(`The client of the shipping makes no call of ${interaction.method}.`);
  }
}
