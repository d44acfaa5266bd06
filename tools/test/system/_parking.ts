import type { CreateOrderRequest, DeepPartial } from "@shop/protos/gen/shop/orders/v1/orders";
import { SagaStatus } from "@shop/protos/gen/shop/orders/v1/orders";
import { eventually } from "@shop/testkit/eventually";
import type { LocalOrders } from "./_local-orders.ts";
import { newOrderId } from "./_lost-owner.ts";
import type { Neighbours } from "./_neighbours.ts";

/** So that a step is exhausted at once and what is parked does not wait for long. */
export const hasty = { SAGA_RETRY_ATTEMPTS: "1", SAGA_RETRY_DELAY_MS: "50" };

/** How an order stands, by the order service's books. */
export interface Standing {
  readonly order: string;
  readonly saga: string;
  readonly step: string;
  readonly failure: string | null;
  /** Its dead letters, such as `ProcessPayment Open`, in the order in which they came. */
  readonly letters: readonly string[];
}

/** Places an order that is parked, and gives its id. */
export async function placeParked(orders: LocalOrders, request: DeepPartial<CreateOrderRequest> = {}): Promise<string> {
  const orderId = newOrderId();
  const { sagaStatus } = await orders.place({ orderId, ...request });
  expect(sagaStatus).toBe(SagaStatus.SAGA_STATUS_PARKED);
  return orderId;
}

/** Waits until an order stands like this. */
export async function expectStanding(
  neighbours: Neighbours,
  orderId: string,
  expected: Partial<Standing>,
  timeoutMs = 40_000,
): Promise<void> {
  await eventually(async () => expect(await standing(neighbours, orderId)).toMatchObject(expected), {
    timeoutMs,
    intervalMs: 50,
  });
}

async function standing(neighbours: Neighbours, orderId: string): Promise<Standing | undefined> {
  const [row] = await neighbours.query<Standing>("orders", standingQuery, [orderId]);
  return row;
}

const standingQuery = `
  SELECT orders.status AS order, order_sagas.status AS saga, current_step AS step, failure ->> 'code' AS failure,
         coalesce((SELECT array_agg(step || ' ' || status ORDER BY id) FROM saga_dead_letters
                    WHERE saga_id = order_sagas.id), '{}') AS letters
    FROM orders JOIN order_sagas ON order_id = orders.id WHERE orders.id = $1`;
