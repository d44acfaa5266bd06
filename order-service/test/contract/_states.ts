import { address, alice, bob, callers, productId } from "@shop/contracts/boundaries/gateway-orders";
import type { StateHandler } from "@shop/contracts/verify-provider";
import { AppError } from "@shop/platform/errors";
import { eventually } from "@shop/testkit/eventually";
import { gate, type OrderTest, type RunningService, willingParticipants } from "../integration/_orders.ts";

type Params = Parameters<StateHandler>[0];

/** How many sagas the service runs at once. */
export const maxInFlight = 4;

/** What the states work with. */
export interface StateParts {
  readonly fixture: OrderTest;
  readonly service: RunningService;
  /** Those that the service calls; a state changes what they do. */
  readonly participants: ReturnType<typeof willingParticipants>;
}

/** How each state of the contracts comes about. Who calls is always told first, and then all participants are willing. */
export function orderStates(parts: () => StateParts): Readonly<Record<string, StateHandler>> {
  let release: () => unknown = () => undefined;

  async function begin(): Promise<void> {
    await release();
    release = () => undefined;
    const { inventory, payments, shipping } = willingParticipants();
    const { participants } = parts();
    Object.assign(participants.inventory, inventory);
    Object.assign(participants.payments, payments);
    Object.assign(participants.shipping, shipping);
  }

  return {
    ...Object.fromEntries(Object.values(callers).map(({ name }) => [name, begin])),
    async [callers.noOrders.name]() {
      await begin();
      const { query } = parts().fixture;
      await query("DELETE FROM order_sagas USING orders WHERE order_id = orders.id AND user_id = $1", [bob]);
      await query("DELETE FROM orders WHERE user_id = $1", [bob]);
    },
    "the inventory has a product": async (params) => keepInStock(parts(), params),
    "the inventory has too little": async () => {
      const refused = { code: "OUT_OF_STOCK", message: "Desk lamp has 1 in stock, 2 asked for." };
      parts().participants.inventory.check = async () => ({ refused });
    },
    "payments are declined": async () => declinePayments(parts()),
    "payments cannot be reached": async () => losePayments(parts()),
    "nothing is delivered there": async () => {
      const refused = { code: "ADDRESS_NOT_SERVED", message: "Nothing is delivered to there." };
      parts().participants.shipping.schedule = async () => ({ refused });
    },
    "the customer's profile has no address": async () => {
      const { profiles } = parts().fixture.identity;
      const profile = profiles.get(alice);
      if (profile === undefined) throw new Error("alice has no profile");
      profiles.set(alice, { ...profile, address: null });
      release = () => profiles.set(alice, profile);
    },
    "an order was placed": async (params) => {
      await place(parts(), params);
    },
    "an order was declined": async (params) => {
      declinePayments(parts());
      await place(parts(), params);
    },
    "an order waits for its payment": async (params) => {
      losePayments(parts());
      await place(parts(), params);
    },
    "a payment was given up": async (params) => {
      losePayments(parts());
      await place(parts(), params);
      await nameDeadLetter(parts(), params);
    },
    "as many orders are under way as may be": async () => {
      release = await fillUp(parts());
    },
  };
}

async function keepInStock({ participants }: StateParts, { name, minorUnits, currency }: Params): Promise<void> {
  const unitPrice = { minorUnits: Number(minorUnits), currency: String(currency) };
  participants.inventory.reserve = async (_orderId, lines) => ({
    lines: lines.map(({ productId, quantity }) => ({ productId, quantity, name: String(name), unitPrice })),
    totalAmount: {
      ...unitPrice,
      minorUnits: lines.reduce((sum, { quantity }) => sum + quantity * unitPrice.minorUnits, 0),
    },
  });
}

function declinePayments({ participants }: StateParts): void {
  const refused = { code: "PAYMENT_DECLINED", message: "The payment was declined." };
  participants.payments.process = async () => ({ refused });
}

function losePayments({ participants }: StateParts): void {
  participants.payments.process = async () => {
    throw new AppError("UNAVAILABLE", "The payment service cannot be reached.");
  };
}

/** Places an order of two, as the contracts' requests do, and gives its saga the id that they know it by. */
async function place({ fixture, service }: StateParts, params: Params): Promise<void> {
  const { orderId, sagaId, userId = alice, idempotencyKey = "" } = params;
  const token = fixture.identity.userToken({ userId: String(userId) });
  const order = {
    orderId: String(orderId),
    idempotencyKey: String(idempotencyKey),
    items: [{ productId, quantity: 2 }],
    shippingAddress: address,
    paymentMethod: "pm_ok",
  };
  await service.place(order, { authorization: `Bearer ${token}` });
  await fixture.query(
    `UPDATE order_sagas
        SET id = $2, epoch = epoch + 1, owner = NULL,
            due_at = CASE WHEN completed_at IS NULL THEN now() + interval '1 hour' END
      WHERE order_id = $1`,
    [orderId, sagaId],
  );
}

async function nameDeadLetter({ fixture }: StateParts, { sagaId, deadLetterId }: Params): Promise<void> {
  await fixture.query("UPDATE saga_dead_letters SET id = $2 WHERE saga_id = $1", [sagaId, deadLetterId]);
}

/** Lets the places for sagas in flight be taken; answers what gives them back. */
async function fillUp({ service, participants }: StateParts): Promise<() => Promise<unknown>> {
  const { opened, open } = gate();
  participants.inventory.check = () => opened.then(() => undefined);
  const orders = Array.from({ length: maxInFlight }, () => service.place({}));
  await eventually(async () => expect(await service.metric("saga_in_flight")).toBe(maxInFlight));
  return () => {
    open();
    return Promise.all(orders);
  };
}
