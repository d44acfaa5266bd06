import { AppError, validationFailed } from "@shop/platform/errors";
import { toRestError, toRestField } from "./rest-errors.ts";

const unavailable = "Orders cannot be read now.";

describe("toRestField", () => {
  it.each([
    ["items", "items"],
    ["items[0].product_id", "items[0].productId"],
    ["items[12].expected_unit_price", "items[12].price"],
    ["items[0].expected_unit_price.currency_code", "items[0].price.currency"],
    ["items[0].expected_unit_price.nanos", "items[0].price.amount"],
    ["shipping_address.zip_code", "shippingAddress.zipCode"],
    ["payment_method", "paymentMethod"],
    ["", ""],
  ])("names %j as %j", (wire, rest) => {
    expect(toRestField(wire)).toBe(rest);
  });

  it("names what stands elsewhere in the request by its place there, and only the whole field", () => {
    const fields = { product_id: "id" };

    expect(toRestField("product_id", fields)).toBe("id");
    expect(toRestField("items[0].product_id", fields)).toBe("items[0].productId");
  });
});

describe("toRestError", () => {
  it("names the fields in the message too", () => {
    const err = toRestError(validationFailed([{ field: "order_id", message: "must be a UUID" }]), {
      unavailable,
      fields: { order_id: "id" },
    });

    expect(err).toMatchObject({
      message: "id: must be a UUID",
      violations: [{ field: "id", message: "must be a UUID" }],
    });
  });

  it.each(["UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED"] as const)(
    "says of %s only that it cannot be done now, and when to come back",
    (code) => {
      const cause = new AppError(code, "connect ECONNREFUSED 10.0.0.7:9080");

      expect(toRestError(cause, { unavailable })).toMatchObject({
        code: "UNAVAILABLE",
        message: unavailable,
        retryAfterMs: 1_000,
        cause,
      });
    },
  );

  it("leaves every other error as it is", () => {
    const notFound = new AppError("NOT_FOUND", "There is no such order.");
    const unknown = new TypeError("a fault of ours");

    expect(toRestError(notFound, { unavailable })).toBe(notFound);
    expect(toRestError(unknown, { unavailable })).toBe(unknown);
  });
});
