import { existsSync } from "node:fs";
import { join } from "node:path";
import { check, orderId, refusedSale, sale, sampleBoundary } from "../test/_sample-boundary.ts";
import { gatewayToInventory } from "./boundaries/gateway-to-inventory-service.ts";
import { gatewayToOrders, gatewayToSagaOperator } from "./boundaries/gateway-to-order-service.ts";
import { orderToInventory } from "./boundaries/order-service-to-inventory-service.ts";
import { orderToNotification } from "./boundaries/order-service-to-notification-service.ts";
import { orderToPayment } from "./boundaries/order-service-to-payment-service.ts";
import { orderToShipping } from "./boundaries/order-service-to-shipping-service.ts";
import type { RpcInteraction } from "./interaction.ts";
import { eachLike, like } from "./match.ts";
import { pluginContents } from "./plugin-contents.ts";
import { toErrorJson, toStatus } from "./rpc-error.ts";

let plugin: { carriesErrorDetails: boolean };

beforeEach(() => {
  plugin = { carriesErrorDetails: true };
});

function contentsOf(interaction: RpcInteraction): Record<string, unknown> {
  return pluginContents(plugin, sampleBoundary(interaction), interaction) as Record<string, unknown>;
}

it("says where the service is declared, and where its imports are", () => {
  const contents = contentsOf(sale);
  expect(contents).toMatchObject({
    "pact:proto-service": "InventoryService/CommitInventory",
    "pact:content-type": "application/grpc",
    requestMetadata: { authorization: String.raw`matching(regex, '^(?:Bearer \\S+)$', 'Bearer a-token')` },
  });
  expect(existsSync(contents["pact:proto"] as string)).toBe(true);
  const { additionalIncludes } = contents["pact:protobuf-config"] as { additionalIncludes: string[] };
  const imports = ["shop/orders/v1/orders.proto", "google/type/money.proto", "google/protobuf/timestamp.proto"];
  for (const path of imports) expect(additionalIncludes.some((folder) => existsSync(join(folder, path)))).toBe(true);
});

it("gives fields the names of the proto, and matchers as expressions", () => {
  expect(contentsOf(sale)).toMatchObject({
    request: { order_id: orderId },
    response: {
      reservation: {
        order_id: orderId,
        status: "RESERVATION_STATUS_COMMITTED",
        lines: {
          "pact:match": "eachValue(matching($'element'))",
          element: {
            product_id: "matching(equalTo, 'p')",
            name: "matching(type, 'Keyboard')",
            quantity: "matching(equalTo, 2)",
            unit_price: { units: "matching(equalTo, '89')" },
          },
        },
        expires_at: { seconds: "matching(integer, 1893456000)", nanos: "matching(integer, 500000000)" },
      },
    },
  });
});

it("carries lists, nested messages and empty answers as they are", () => {
  expect(contentsOf(check)).toMatchObject({
    request: {
      order_id: orderId,
      lines: [{ product_id: "p", quantity: 1, expected_unit_price: { currency_code: "USD", nanos: 5 } }],
    },
    response: {},
  });
});

it("compares everything within a matcher of types by its type", () => {
  const lines = [{ productId: "p", quantity: 2, unitPrice: { units: "89" } }];
  const response = { message: { reservation: like({ orderId, lines, expiresAt: "2030-01-01T00:00:00.000Z" }) } };
  expect(contentsOf({ ...sale, response }).response).toEqual({
    reservation: {
      order_id: `matching(type, '${orderId}')`,
      lines: {
        "pact:match": "eachValue(matching($'element'))",
        element: {
          product_id: "matching(type, 'p')",
          quantity: "matching(type, 2)",
          unit_price: { units: "matching(integer, 89)" },
        },
      },
      expires_at: { seconds: "matching(integer, 1893456000)" },
    },
  });
});

it("carries an error as status, message and the details that a server of ours sends", () => {
  const { response, responseMetadata } = contentsOf(refusedSale) as { response?: unknown; responseMetadata: object };
  expect(response).toBeUndefined();
  const status = toStatus({ code: "FAILED_PRECONDITION", reason: "UNDONE" });
  const details = (responseMetadata as Record<string, string>)["grpc-status-details-bin"] as string;
  expect(responseMetadata).toMatchObject({ "grpc-status": "FAILED_PRECONDITION", "grpc-message": status.details });
  status.metadata.set("grpc-status-details-bin", Buffer.from(details, "base64"));
  expect(toErrorJson(status)).toMatchObject({ code: "FAILED_PRECONDITION", reason: "UNDONE" });
});

it("leaves the details of an error out where the plugin has no eye for them", () => {
  plugin = { carriesErrorDetails: false };
  const { details } = toStatus({ code: "FAILED_PRECONDITION", reason: "UNDONE" });
  expect(contentsOf(refusedSale).responseMetadata).toEqual({
    "grpc-status": "FAILED_PRECONDITION",
    "grpc-message": details,
  });
});

const impossible: [string, Partial<RpcInteraction>, string][] = [
  ["a field that there is not", { request: { order: orderId } }, "CommitInventoryRequest has no field order"],
  ["a method that there is not", { method: "Sell" }, "has no method Sell"],
  ["a list for one message", { response: { message: { reservation: eachLike({}) } } }, "by its type or by its fields"],
  ["a time that is none", { response: { message: { reservation: { expiresAt: "soon" } } } }, "is no time"],
];
it.each(impossible)("refuses %s", (_, change, sentence) => {
  expect(() => contentsOf({ ...sale, ...change })).toThrow(sentence);
});

it.each([
  orderToInventory,
  orderToPayment,
  orderToShipping,
  orderToNotification,
  gatewayToOrders,
  gatewayToSagaOperator,
  gatewayToInventory,
])("carries all that the $consumer asks of $service", (boundary) => {
  for (const interaction of boundary.interactions)
    expect(() => pluginContents(plugin, boundary, interaction)).not.toThrow();
});
