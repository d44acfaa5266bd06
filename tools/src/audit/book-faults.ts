import type { Books, OrderAccount, ProductAccount, StrangeAccount } from "./books.ts";

/**
 * What is wrong with the books when nothing is under way: orders that have not ended, money or goods that an order's end
 * does not account for. Each a sentence with its order or product.
 *
 * @param before The products' books of an earlier time: what left the shelves since is compared with what was sold.
 */
export function faultsOf(books: Books, before: readonly ProductAccount[] = []): string[] {
  const earlier = new Map(before.map((product) => [product.productId, product]));
  return [
    ...books.orders.flatMap((account) => orderFaults(account).map((fault) => `order ${account.orderId}: ${fault}`)),
    ...books.products.flatMap((product) =>
      productFaults(product, earlier.get(product.productId)).map((fault) => `product ${product.productId}: ${fault}`),
    ),
    ...books.strangePayments.flatMap((account) =>
      strangeFaults(account).map((fault) => `payment ${account.orderId} of ${account.origin}: ${fault}`),
    ),
  ];
}

const finalSagas: Readonly<Record<string, readonly string[]>> = {
  Completed: ["Completed"],
  Failed: ["Failed", "Compensated"],
};

function orderFaults(account: OrderAccount): string[] {
  const { order, charged, refunded, charges, refunds, reservation, shipment } = account;
  const faults: string[] = [];
  const expect = (isRight: boolean, fault: string) => {
    if (!isRight) faults.push(fault);
  };
  expect(charges <= 1, `charged ${charges} times`);
  expect(refunds <= 1, `refunded ${refunds} times`);
  if (order === undefined) {
    expect(charged === refunded, `nobody's order is charged ${charged - refunded}`);
    expect(!holdsGoods(reservation), `nobody's order has its stock ${reservation}`);
    expect(shipment !== "SCHEDULED", "nobody's order is shipped");
    return faults;
  }
  const { status, saga, totalMinor } = order;
  expect(finalSagas[status]?.includes(saga) ?? false, `is ${status}, its saga ${saga}`);
  if (status === "Completed") {
    expect(charged - refunded === totalMinor, `is charged ${charged - refunded} instead of ${totalMinor}`);
    expect(reservation === "COMMITTED", `is Completed, its stock ${reservation ?? "never reserved"}`);
    expect(shipment === "SCHEDULED", `is Completed, its shipment ${shipment ?? "never scheduled"}`);
  } else {
    expect(charged === refunded, `is ${status} and charged ${charged - refunded}`);
    expect(!holdsGoods(reservation), `is ${status}, its stock ${reservation}`);
    expect(shipment !== "SCHEDULED", `is ${status} and shipped`);
  }
  return faults;
}

function holdsGoods(reservation: string | undefined): boolean {
  return reservation === "HELD" || reservation === "COMMITTED";
}

function productFaults(product: ProductAccount, before: ProductAccount | undefined): string[] {
  const { onHand, reserved, held, sold } = product;
  const faults: string[] = [];
  if (reserved !== held) faults.push(`${reserved} reserved, by its reservations ${held}`);
  if (reserved !== 0) faults.push(`${reserved} reserved although nothing is under way`);
  if (before !== undefined) {
    const left = before.onHand + (product.adjusted - before.adjusted) - onHand;
    if (left !== sold - before.sold) faults.push(`${left} left the shelf, ${sold - before.sold} were sold`);
  }
  return faults;
}

/** A payment without an order ends as its own state says; one under way is charged once and given back once at most. */
function strangeFaults({ status, amount, charged, refunded, charges, refunds }: StrangeAccount): string[] {
  const faults: string[] = [];
  if (charges > 1) faults.push(`charged ${charges} times`);
  if (refunds > 1) faults.push(`refunded ${refunds} times`);
  const due = status === "COMPLETED" ? amount : 0;
  if (endedPayments.includes(status) && charged - refunded !== due) {
    faults.push(`is ${status} and charged ${charged - refunded} instead of ${due}`);
  }
  return faults;
}

const endedPayments: readonly string[] = ["COMPLETED", "DECLINED", "CANCELLED", "REFUNDED"];
