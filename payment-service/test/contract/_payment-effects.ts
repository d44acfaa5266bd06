import type { RpcInteraction } from "@shop/contracts/interaction";
import { exampleOf } from "@shop/contracts/match";
import type { Context } from "../../src/context.ts";
import type { Payment } from "../../src/domain/payment.ts";

/** The order that the interaction is about; each has one of its own. */
export function orderOf({ request }: RpcInteraction): string {
  return (exampleOf(request) as { orderId: string }).orderId;
}

/** How the payment stands after the interaction; undefined where there is none. */
export function standsAfter({ given, method, response }: RpcInteraction): string | undefined {
  // To the shop a payment of another client is a tombstone, whatever it is to that client, and stays as it was.
  if (given.some(({ name }) => name === foreignPayment)) return "COMPLETED";
  if ("message" in response) return answeredStatus(exampleOf(response.message) as Answer);
  // What has no outcome is gone on with by the next call.
  if (response.error.code === "UNAVAILABLE") return method === "RefundPayment" ? "CANCELLING" : "PENDING";
  if (given.some(({ name }) => name === "a refund came before its charge")) return "CANCELLED";
  return given.flatMap(({ name }) => /^a payment .*is (\w+)$/.exec(name)?.[1] ?? [])[0];
}

const foreignPayment = "a payment of another client is COMPLETED";

/** An answer of any of the service's methods. */
interface Answer {
  readonly payment?: { readonly status: string };
  readonly decline?: object;
  readonly status?: string;
}

function answeredStatus({ payment, decline, status = payment?.status }: Answer): string | undefined {
  return decline ? "DECLINED" : status?.replace("PAYMENT_STATUS_", "");
}

/** Where the provider's books, kept under the order's id and `<order>:refund`, differ from the payments, or hold more. */
export async function faultsInBooks(
  orders: readonly string[],
  { store, ledger }: Pick<Context, "store" | "ledger">,
): Promise<string[]> {
  const faults: string[] = [];
  let charges = 0;
  let refunds = 0;
  for (const orderId of orders) {
    const { payment } = await store.read(orderId);
    const charge = await ledger.find(orderId);
    const refund = await ledger.find(`${orderId}:refund`);
    if (charge?.kind === "charge") charges += 1;
    if (refund !== undefined) refunds += 1;
    // Whether the charge of a payment that is on its way has landed is not known to it.
    const hasLanded = isOnItsWay(payment) || (charge?.kind === "charge") === hasReference(payment);
    if (!hasLanded) faults.push(`${orderId} is ${payment?.status}, and the provider has ${charge?.kind ?? "nothing"}`);
    if ((refund !== undefined) !== isGivenBack(payment))
      faults.push(`${orderId} is ${payment?.status}: ${refund?.kind}`);
  }
  const totals = (await ledger.audit()).map((total) => [total.charges, total.refunds]);
  if (String(totals) !== String([[charges, refunds]]))
    faults.push(`the books hold ${totals}, not ${charges},${refunds}`);
  return faults;
}

function isOnItsWay(payment: Payment | undefined): boolean {
  return payment?.status === "PENDING" || payment?.status === "CANCELLING";
}

function hasReference(payment: Payment | undefined): boolean {
  return payment !== undefined && "reference" in payment && payment.reference !== undefined;
}

function isGivenBack(payment: Payment | undefined): boolean {
  return payment?.status === "REFUNDED" || (payment?.status === "CANCELLED" && payment.refundReference !== undefined);
}
