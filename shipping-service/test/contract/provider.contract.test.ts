import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { orderToShipping } from "@shop/contracts/boundaries/order-service-to-shipping-service";
import { type StateHandler, verifyProvider } from "@shop/contracts/verify-provider";
import { asOrderId } from "../../src/domain/ids.ts";
import type { FirstShipment } from "../../src/domain/shipment.ts";
import { cancelShipment } from "../../src/store/cancel-shipment.ts";
import { insertShipment } from "../../src/store/insert-shipment.ts";
import { openShipping, type Shipping } from "../_shipping.ts";

let shipping: Shipping;
beforeAll(async () => {
  shipping = await openShipping();
});
afterAll(() => shipping.close());

const states: Record<string, StateHandler> = {
  ...tokenStates,
  "a shipment is scheduled": (params) => put(scheduled(params)),
  "a shipment was refused": (params) => put(refused(params)),
  "a shipment is cancelled": async (params) => {
    await put(scheduled(params));
    await cancel(params);
  },
  "a cancellation came before its shipment": cancel,
};

verifyProvider([orderToShipping], {
  address: () => `127.0.0.1:${shipping.context.ports.grpc}`,
  token: (interaction) =>
    tokenFor(interaction, {
      valid: shipping.identity.serviceToken({ scopes: ["shipping"] }),
      ofAnotherScope: shipping.identity.serviceToken({ scopes: ["inventory", "payments"] }),
    }),
  states,
});

type Params = Parameters<StateHandler>[0];

async function put(first: FirstShipment): Promise<void> {
  if ((await insertShipment(shipping.context.database, first)) === undefined) {
    throw new Error(`The order ${first.orderId} has a shipment already: interactions share no order.`);
  }
}

async function cancel({ orderId }: Params): Promise<void> {
  if (!(await cancelShipment(shipping.context.database, asOrderId(String(orderId))))) {
    throw new Error(`The shipment of order ${orderId} was cancelled already: interactions share no order.`);
  }
}

function scheduled({ trackingNumber = "SHANY00000000000000", ...params }: Params): FirstShipment {
  return { status: "SCHEDULED", ...order(params), trackingNumber: String(trackingNumber) };
}

function refused({ message = "We do not ship there.", ...params }: Params): FirstShipment {
  return { status: "REFUSED", ...order(params), refusal: { code: "ADDRESS_NOT_SERVED", message: String(message) } };
}

function order(params: Params): Pick<FirstShipment, "orderId" | "parcel"> {
  const text = (name: string) => String(params[name] ?? "");
  const parcel = {
    userId: text("userId"),
    address: {
      street: text("street"),
      city: text("city"),
      state: text("state"),
      zipCode: text("zipCode"),
      country: text("country"),
    },
    lines: [
      { productId: text("productId"), quantity: Number(params.quantity) },
      { productId: text("secondProductId"), quantity: Number(params.secondQuantity) },
    ],
  };
  return { orderId: asOrderId(text("orderId")), parcel };
}
