import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { orderToShipping } from "@shop/contracts/boundaries/order-service-to-shipping-service";
import type { RpcInteraction } from "@shop/contracts/interaction";
import { exampleOf } from "@shop/contracts/match";
import { type StateHandler, verifyProvider } from "@shop/contracts/verify-provider";
import { asOrderId } from "../../src/domain/ids.ts";
import type { FirstShipment } from "../../src/domain/shipment.ts";
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

test("what stands in the store is what was answered", async () => {
  const faults: string[] = [];
  for (const interaction of orderToShipping.interactions) {
    const status = await shipping.statusOf(orderOf(interaction));
    if (status !== standsAfter(interaction)) faults.push(`${interaction.description}: ${status}`);
  }
  expect(faults).toEqual([]);
});

type Params = Parameters<StateHandler>[0];

async function put(first: FirstShipment): Promise<void> {
  if ((await insertShipment(shipping.context.database, first)) === undefined) {
    throw new Error(`The order ${first.orderId} has a shipment already: interactions share no order.`);
  }
}

/** Through the service's own door, so that the tombstone is what the service makes of it. */
async function cancel({ orderId }: Params): Promise<void> {
  await shipping.client.cancelShipment({ orderId: String(orderId) }, shipping.options);
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

function orderOf({ request }: RpcInteraction): string {
  return (exampleOf(request) as { orderId: string }).orderId;
}

/** How the shipment stands after the interaction; undefined where there is none. */
function standsAfter({ given, response }: RpcInteraction): string | undefined {
  if ("message" in response) {
    const { shipment, refusal, status } = exampleOf(response.message) as Answer;
    return refusal ? "REFUSED" : (status ?? shipment?.status)?.replace("SHIPMENT_STATUS_", "");
  }
  const [before] = given.map(({ name }) => name);
  if (before === "a shipment is scheduled") return "SCHEDULED";
  if (before === "a shipment was refused") return "REFUSED";
  return before === "a shipment is cancelled" || before === "a cancellation came before its shipment"
    ? "CANCELLED"
    : undefined;
}

/** An answer of any of the service's methods. */
interface Answer {
  readonly shipment?: { readonly status: string };
  readonly refusal?: object;
  readonly status?: string;
}
