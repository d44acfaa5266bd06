import { decideProcess, decideRefund, type Situation } from "./decide.ts";
import type { Charge, Payment } from "./payment.ts";

const orderId = "0198c0de-0000-7000-8000-000000000005";
const charge: Charge = {
  userId: "01900000-0000-7000-8000-00000000a11c",
  amount: { minorUnits: 1299, currency: "USD" },
  method: "pm_ok",
};
const decline = { code: "PAYMENT_DECLINED", message: "no" } as const;
const leasedAt = new Date("2026-01-01T00:00:00.000Z");
const common = { orderId, history: [], createdAt: leasedAt, updatedAt: leasedAt };

const pending: Payment = { ...common, status: "PENDING", charge, attempt: 3, leasedAt };
const completed: Payment = { ...common, status: "COMPLETED", charge, reference: "c" };
const declined: Payment = { ...common, status: "DECLINED", charge, decline };
const cancelling: Payment = { ...common, status: "CANCELLING", charge };
const refunding: Payment = { ...common, status: "REFUNDING", charge, reference: "c" };
const cancelled: Payment = { ...common, status: "CANCELLED", charge };
const tombstone: Payment = { ...common, status: "CANCELLED" };
const refunded: Payment = { ...common, status: "REFUNDED", charge, reference: "c", refundReference: "r" };

const undone = { kind: "answer", answer: { kind: "undone" } };
const underWay = { kind: "answer", answer: { kind: "under-way" } };

function at(payment: Payment | undefined, secondsLater = 1, heldLease?: number): Situation {
  return { payment, now: new Date(leasedAt.getTime() + secondsLater * 1000), leaseMs: 10_000, heldLease };
}

describe("decideProcess", () => {
  test.each([
    [
      "stores the charge where there is none",
      at(undefined),
      {
        kind: "insert",
        first: { status: "PENDING", orderId, charge },
      },
    ],
    ["sends the charge under its own lease", at(pending, 1, 3), { kind: "send-charge", payment: pending }],
    ["waits while another's lease runs", at(pending, 9.999), underWay],
    ["waits while the lease after its own runs", at(pending, 1, 2), underWay],
    ["takes a lease that is over", at(pending, 10), { kind: "take-lease", attempt: 3 }],
    ["takes a lease that was given back", at({ ...pending, leasedAt: undefined }), { kind: "take-lease", attempt: 3 }],
    [
      "gives the same answer to a charge",
      at(completed),
      { kind: "answer", answer: { kind: "charged", payment: completed } },
    ],
    ["gives the same answer to a decline", at(declined), { kind: "answer", answer: { kind: "declined", decline } }],
    ["is refused where the charge is being cancelled", at(cancelling), undone],
    ["is refused where the charge is being refunded", at(refunding), undone],
    ["is refused where the charge was cancelled", at(cancelled), undone],
    ["is refused by a tombstone", at(tombstone), undone],
    ["is refused where the charge was refunded", at(refunded), undone],
  ])("%s", (_, situation, action) => {
    expect(decideProcess({ kind: "process", orderId, charge }, situation)).toEqual(action);
  });

  const other = { ...charge, amount: { ...charge.amount, minorUnits: 1300 }, method: "pm_declined" };

  test.each([pending, completed, declined])(
    "names what differs from the first request of a payment that is $status",
    (payment) => {
      expect(decideProcess({ kind: "process", orderId, charge: other }, at(payment))).toEqual({
        kind: "answer",
        answer: { kind: "differs", fields: ["amount", "payment_method"] },
      });
    },
  );

  test.each([cancelling, refunding, cancelled, refunded])(
    "is refused where the payment is $status, whatever differs",
    (payment) => {
      expect(decideProcess({ kind: "process", orderId, charge: other }, at(payment))).toEqual(undone);
    },
  );

  test("takes another currency for another amount", () => {
    const euros = { ...charge, amount: { ...charge.amount, currency: "EUR" } };

    expect(decideProcess({ kind: "process", orderId, charge: euros }, at(completed))).toEqual({
      kind: "answer",
      answer: { kind: "differs", fields: ["amount"] },
    });
  });
});

describe("decideRefund", () => {
  test.each([
    [
      "leaves a tombstone where there is no payment",
      undefined,
      {
        kind: "insert",
        first: { status: "CANCELLED", orderId },
      },
    ],
    ["turns a charge that is under way", pending, { kind: "move", from: "PENDING", to: { status: "CANCELLING" } }],
    ["turns a charge", completed, { kind: "move", from: "COMPLETED", to: { status: "REFUNDING" } }],
    ["goes on cancelling", cancelling, { kind: "send-cancellation", payment: cancelling }],
    ["goes on refunding", refunding, { kind: "send-refund", payment: refunding }],
    [
      "has nothing to give back of a declined payment",
      declined,
      {
        kind: "answer",
        answer: { kind: "undone", status: "DECLINED" },
      },
    ],
    [
      "is done where the payment was cancelled",
      cancelled,
      {
        kind: "answer",
        answer: { kind: "undone", status: "CANCELLED" },
      },
    ],
    ["is done at a tombstone", tombstone, { kind: "answer", answer: { kind: "undone", status: "CANCELLED" } }],
    [
      "is done where the payment was refunded",
      refunded,
      {
        kind: "answer",
        answer: { kind: "undone", status: "REFUNDED" },
      },
    ],
  ])("%s", (_, payment, action) => {
    expect(decideRefund({ kind: "refund", orderId }, at(payment))).toEqual(action);
  });
});

describe("a payment of another origin", () => {
  const taken = { kind: "answer", answer: { kind: "taken" } };
  const notTheirs = { kind: "answer", answer: { kind: "not-theirs" } };
  const all = [pending, completed, declined, cancelling, refunding, cancelled, tombstone, refunded];
  const origin = "load-test";

  test.each(all)("is neither charged nor refunded for others: $status", (payment) => {
    for (const [asked, held] of [
      [{ orderId, origin }, payment],
      [{ orderId }, { ...payment, origin }],
      [
        { orderId, origin: "another" },
        { ...payment, origin },
      ],
    ] as const) {
      expect(decideProcess({ kind: "process", ...asked, charge }, at(held, 60, 3))).toEqual(taken);
      const told = "origin" in asked ? notTheirs : { kind: "answer", answer: { kind: "undone", status: "CANCELLED" } };
      expect(decideRefund({ kind: "refund", ...asked }, at(held))).toEqual(told);
    }
  });

  test.each(all)("turns a charge of the shop for good and leaves its refund nothing to do: $status", (payment) => {
    const foreign = at({ ...payment, origin }, 60, 3);
    expect(decideProcess({ kind: "process", orderId, charge }, foreign)).toEqual(taken);
    expect(decideRefund({ kind: "refund", orderId }, foreign)).toEqual({
      kind: "answer",
      answer: { kind: "undone", status: "CANCELLED" },
    });
  });

  test.each(all)("is charged and refunded as any other for those whose it is: $status", (payment) => {
    const theirs = { ...payment, origin };
    expect(decideProcess({ kind: "process", orderId, origin, charge }, at(theirs))).not.toEqual(taken);
    expect(decideRefund({ kind: "refund", orderId, origin }, at(theirs))).not.toEqual(notTheirs);
  });

  test("is stored with it, also where nothing is ever charged", () => {
    const stored = { orderId, origin };
    expect(decideProcess({ kind: "process", ...stored, charge }, at(undefined))).toEqual({
      kind: "insert",
      first: { status: "PENDING", ...stored, charge },
    });
    expect(decideRefund({ kind: "refund", ...stored }, at(undefined))).toEqual({
      kind: "insert",
      first: { status: "CANCELLED", ...stored },
    });
  });

  test("is stored without any where the shop itself asks", () => {
    const action = decideRefund({ kind: "refund", orderId, origin: undefined }, at(undefined));
    expect(action.kind === "insert" && Object.keys(action.first)).toEqual(["status", "orderId"]);
  });
});
