import { fromGrpcOrder, fromGrpcSaga, fromRestOrder, fromRestSaga, restCents, toGrpcMoney } from "./order-json.ts";

const expected = {
  id: "1",
  status: "InventoryReserved",
  lines: [{ quantity: 2, unitPriceCents: 12_999 }],
  totalCents: 25_998,
  failureCode: undefined,
};

test("both doors' orders become the same", () => {
  const rest = fromRestOrder({
    id: "1",
    status: "InventoryReserved",
    items: [{ quantity: 2, unitPrice: { amount: "129.99" } }],
    totalAmount: { amount: "259.98" },
  });
  const grpc = fromGrpcOrder({
    id: "1",
    status: "ORDER_STATUS_INVENTORY_RESERVED",
    items: [{ quantity: 2, unitPrice: { units: "129", nanos: 990_000_000 } }],
    totalAmount: { units: "259", nanos: 980_000_000 },
    failure: null,
  });
  expect(rest).toEqual(expected);
  expect(grpc).toEqual(expected);
});

test("an order that was refused at once has no prices at either door", () => {
  const failure = { code: "OUT_OF_STOCK" };
  const rest = fromRestOrder({ id: "1", status: "Failed", items: [{ quantity: 1 }], failure });
  const grpc = fromGrpcOrder({
    id: "1",
    status: "ORDER_STATUS_FAILED",
    items: [{ quantity: 1, unitPrice: null }],
    totalAmount: null,
    failure,
  });
  expect(rest).toEqual(grpc);
  expect(rest).toMatchObject({ totalCents: undefined, failureCode: "OUT_OF_STOCK" });
});

test("both doors' sagas become the same", () => {
  const history = [{ step: "ReserveInventory" }, { step: "ReleaseInventory" }];
  const saga = { status: "Compensated", steps: ["ReserveInventory", "ReleaseInventory"] };
  expect(fromRestSaga({ status: "Compensated", history })).toEqual(saga);
  expect(fromGrpcSaga({ status: "SAGA_STATUS_COMPENSATED", history })).toEqual(saga);
});

test("no cent is lost between the notations", () => {
  expect(restCents({ amount: "1299.99" })).toBe(129_999);
  expect(toGrpcMoney(129_999)).toEqual({ currency_code: "USD", units: 1299, nanos: 990_000_000 });
  expect(toGrpcMoney(5)).toEqual({ currency_code: "USD", units: 0, nanos: 50_000_000 });
});
