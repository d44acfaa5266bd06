import { asOrderId } from "./ids.ts";
import type { Parcel } from "./parcel.ts";
import { defaultCountries } from "./served-countries.ts";
import { findRejection, type Shipment, schedule } from "./shipment.ts";
import { trackingNumberOf } from "./tracking-number.ts";

const orderId = asOrderId("01900000-0000-7000-8000-000000000001");
const address = { street: "1 Main Street", city: "Springfield", state: "IL", zipCode: "62701", country: "US" };
const lines = [
  { productId: "a", quantity: 1 },
  { productId: "b", quantity: 2 },
];
const parcel: Parcel = { userId: "u", address, lines };
const served = new Set(defaultCountries);
const scheduled: Shipment = { status: "SCHEDULED", orderId, parcel, trackingNumber: "SH1" };

describe("schedule", () => {
  it.each(defaultCountries)("schedules a shipment to %s", (country) => {
    const order = { orderId, parcel: { ...parcel, address: { ...address, country } } };
    expect(schedule(order, served, "SH1")).toEqual({ status: "SCHEDULED", ...order, trackingNumber: "SH1" });
  });

  it("refuses a country that is not served, by name", () => {
    const order = { orderId, parcel: { ...parcel, address: { ...address, country: "BR" } } };
    expect(schedule(order, served, "SH1")).toEqual({
      status: "REFUSED",
      ...order,
      refusal: { code: "ADDRESS_NOT_SERVED", message: "We do not ship to BR." },
    });
  });
});

describe("findRejection", () => {
  it("finds none in the same parcel with its lines in another order", () => {
    expect(findRejection(scheduled, { ...parcel, lines: lines.toReversed() })).toBeUndefined();
  });

  it.each<[string, Partial<Parcel>, (keyof Parcel)[]]>([
    ["another user", { userId: "v" }, ["userId"]],
    ["another street", { address: { ...address, street: "2 Main Street" } }, ["address"]],
    ["another city", { address: { ...address, city: "Chicago" } }, ["address"]],
    ["another state", { address: { ...address, state: "" } }, ["address"]],
    ["another zip code", { address: { ...address, zipCode: "62702" } }, ["address"]],
    ["another country", { address: { ...address, country: "CA" } }, ["address"]],
    ["another quantity", { lines: [{ productId: "a", quantity: 2 }, ...lines.slice(1)] }, ["lines"]],
    ["another product", { lines: [{ productId: "c", quantity: 1 }, ...lines.slice(1)] }, ["lines"]],
    ["a line more", { lines: [...lines, { productId: "c", quantity: 1 }] }, ["lines"]],
    ["a line less", { lines: lines.slice(1) }, ["lines"]],
    ["everything else", { userId: "v", address: { ...address, city: "" }, lines: [] }, ["userId", "address", "lines"]],
  ])("tells that there is %s", (_, change, differences) => {
    expect(findRejection(scheduled, { ...parcel, ...change })).toEqual({ reason: "OTHER_PARCEL", differences });
  });

  it("meets the tombstone whatever is to be sent", () => {
    expect(findRejection({ status: "CANCELLED", orderId }, parcel)).toEqual({ reason: "UNDONE" });
  });
});

describe("trackingNumberOf", () => {
  it("gives an order one number that does not tell its id", () => {
    expect(trackingNumberOf(orderId)).toMatch(/^SH[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(trackingNumberOf(orderId)).toBe(trackingNumberOf(orderId));
    expect(trackingNumberOf(orderId)).not.toBe(trackingNumberOf(asOrderId("01900000-0000-7000-8000-000000000002")));
  });
});
