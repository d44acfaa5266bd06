import type { ProviderState, RpcBoundary, RpcError, RpcInteraction } from "../interaction.ts";
import { type Expected, matching } from "../match.ts";
import { forbiddenCalls } from "./forbidden-calls.ts";

/** What every shipment of these interactions asks for, unless it says otherwise. */
const userId = "01900000-0000-7000-8000-00000000a11c";
const address = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
const lamp = { productId: "01900000-0000-7000-9000-000000000001", quantity: 3 };
const chair = { productId: "01900000-0000-7000-9000-000000000002", quantity: 1 };
const lines = [lamp, chair];

const abroad = { ...address, country: "BR" };
const trackingNumber = matching(/SH[0-9A-Z]{16}/, "SH0123456789ABCDEF");
const undone: RpcError = { code: "FAILED_PRECONDITION", reason: "UNDONE" };

/** Schedules the shipment of an order. */
const schedules: readonly RpcInteraction[] = [
  schedule("a shipment", order(1), { answer: scheduled(order(1), trackingNumber) }),
  schedule("a shipment without a state", order(2), {
    change: { address: { street: "1 High Street", city: "London", zipCode: "SW1A 1AA", country: "GB" } },
    answer: scheduled(order(2), trackingNumber),
  }),
  schedule("the same shipment again", order(3), {
    given: [shipment(order(3), { trackingNumber: "SHFIRSTTIME000000" })],
    answer: scheduled(order(3), "SHFIRSTTIME000000"),
  }),
  schedule("the same shipment again, its lines in another order", order(4), {
    given: [shipment(order(4), { trackingNumber: "SHFIRSTTIME000000" })],
    change: { lines: [chair, lamp] },
    answer: scheduled(order(4), "SHFIRSTTIME000000"),
  }),
  schedule("a shipment to a country that is not served", order(5), {
    change: { address: abroad },
    answer: notServed(matching(/.*BR.*/, "We do not ship to BR.")),
  }),
  schedule("a shipment that was refused, again", order(6), {
    given: [refusal(order(6), { message: "The road is closed." })],
    change: { address: abroad },
    answer: notServed("The road is closed."),
  }),
  schedule("a shipment after its cancellation", order(7), { given: [cancelled(order(7))], error: undone }),
  schedule("a shipment after a cancellation that came first", order(8), {
    given: [tombstone(order(8))],
    error: undone,
  }),
  schedule("a shipment to elsewhere after its cancellation", order(9), {
    given: [cancelled(order(9))],
    change: { address: abroad },
    error: undone,
  }),
  schedule("a shipment to another address than the order's", order(10), {
    given: [shipment(order(10))],
    change: { address: { ...address, street: "2 Main Street" } },
    error: refused("address"),
  }),
  schedule("a shipment of other lines than the order's", order(11), {
    given: [shipment(order(11))],
    change: { lines: [{ ...lamp, quantity: 4 }, chair] },
    error: refused("lines"),
  }),
  schedule("a shipment to another customer than the order's", order(12), {
    given: [shipment(order(12))],
    change: { userId: "01900000-0000-7000-8000-000000000b0b" },
    error: refused("user_id"),
  }),
  schedule("a shipment to another address than was refused", order(13), {
    given: [refusal(order(13))],
    error: refused("address"),
  }),
  schedule("a shipment to no country and of no lamps", order(14), {
    change: { address: { ...address, country: "U" }, lines: [{ productId: lamp.productId }] },
    error: refused("address.country", "lines[0].quantity"),
  }),
  ...forbiddenCalls("a shipment", schedule("", order(15), { error: undone })),
];

/** Cancels the shipment, whether or not there is one; it never refuses. */
const cancellations: readonly RpcInteraction[] = [
  cancel("a cancellation", order(30), shipment(order(30))),
  cancel("the same cancellation again", order(31), cancelled(order(31))),
  cancel("a cancellation of nothing", order(32)),
  cancel("a cancellation of nothing, again", order(33), tombstone(order(33))),
  cancel("a cancellation of a shipment that was refused", order(34), refusal(order(34))),
  ...forbiddenCalls("a cancellation", cancel("", order(35))),
];

/** Tells how the shipment stands, for an operator who says that it was stopped by hand. */
const looks: readonly RpcInteraction[] = [
  look("a shipment that is scheduled", order(50), "SCHEDULED", shipment(order(50))),
  look("a shipment that was refused", order(51), "REFUSED", refusal(order(51))),
  look("a shipment that is cancelled", order(52), "CANCELLED", cancelled(order(52))),
  look("a shipment whose cancellation came first", order(53), "CANCELLED", tombstone(order(53))),
  { ...look("a shipment that nobody asked for", order(54), ""), response: { error: { code: "NOT_FOUND" } } },
];

/** What the order service asks of the shipping service. */
export const orderToShipping: RpcBoundary = {
  consumer: "order-service",
  provider: "shipping-service",
  proto: "shop/shipping/v1/shipping.proto",
  service: "shop.shipping.v1.ShippingService",
  metadata: { authorization: matching(/Bearer \S+/, "Bearer a-token"), "x-user-id": userId },
  interactions: [...schedules, ...cancellations, ...looks],
};

function order(number: number): string {
  return `01900000-0000-7000-b000-${String(number).padStart(12, "0")}`;
}

/** That the order's shipment is scheduled, as it is asked for above. */
function shipment(orderId: string, known: { readonly trackingNumber?: string } = {}): ProviderState {
  return { name: "a shipment is scheduled", params: { orderId, userId, ...address, ...flatLines(), ...known } };
}

/** That the order's shipment was refused: it was to go to a country that is not served. */
function refusal(orderId: string, known: { readonly message?: string } = {}): ProviderState {
  return { name: "a shipment was refused", params: { orderId, userId, ...abroad, ...flatLines(), ...known } };
}

/** The lines as a state's parameters can have them. */
function flatLines(): Record<string, string | number> {
  return {
    productId: lamp.productId,
    quantity: lamp.quantity,
    secondProductId: chair.productId,
    secondQuantity: chair.quantity,
  };
}

/** That the order's shipment was scheduled and then cancelled. */
function cancelled(orderId: string): ProviderState {
  return { ...shipment(orderId), name: "a shipment is cancelled" };
}

/** That a cancellation was asked for before its shipment. */
function tombstone(orderId: string): ProviderState {
  return { name: "a cancellation came before its shipment", params: { orderId } };
}

type Outcome = { readonly answer: Expected } | { readonly error: RpcError };
type Terms = {
  readonly given?: readonly ProviderState[];
  /** What is asked for in another way than above. */
  readonly change?: { readonly userId?: string; readonly address?: Expected; readonly lines?: Expected };
};

function schedule(description: string, orderId: string, { given = [], change, ...outcome }: Terms & Outcome) {
  return {
    description,
    given,
    method: "ScheduleShipment",
    request: { orderId, userId, address, lines, ...change },
    response: "error" in outcome ? { error: outcome.error } : { message: outcome.answer },
  };
}

function scheduled(orderId: string, trackingNumber: Expected): Expected {
  return { shipment: { orderId, status: "SHIPMENT_STATUS_SCHEDULED", trackingNumber } };
}

function notServed(message: Expected): Expected {
  return { refusal: { code: "ADDRESS_NOT_SERVED", message } };
}

function refused(...fields: readonly string[]): RpcError {
  return { code: "INVALID_ARGUMENT", fields };
}

function cancel(description: string, orderId: string, ...given: readonly ProviderState[]) {
  return {
    description,
    given,
    method: "CancelShipment",
    request: { orderId },
    response: { message: { status: "SHIPMENT_STATUS_CANCELLED" } },
  };
}

function look(description: string, orderId: string, status: string, ...given: readonly ProviderState[]) {
  return {
    description: `a look at ${description}`,
    given,
    method: "GetShipment",
    request: { orderId },
    response: { message: { shipment: { orderId, status: `SHIPMENT_STATUS_${status}` } } },
  };
}
