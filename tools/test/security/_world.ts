import { randomUUID } from "node:crypto";
import { aliceId, bobId } from "@shop/testkit/identity";
import { HOME, type Product } from "../system/_shop.ts";
import type { Doors } from "./_doors.ts";
import type { People, Scope } from "./_people.ts";
import { openPeople } from "./_people.ts";

export { aliceId, bobId };

/** What stands behind the doors before anybody attacks them: users, services, and an order of alice's. */
export interface World {
  readonly people: People;
  /** The access tokens of the demo users. */
  readonly users: Readonly<Record<"alice" | "bob" | "oscar" | "admin", string>>;
  /** The order service's tokens, each with one scope. */
  readonly services: Readonly<Record<Scope, string>>;
  readonly product: Product;
  /** An order of alice's that is completed. */
  readonly order: { readonly id: string; readonly sagaId: string; readonly key: string; readonly body: object };
}

/** A new order id to which the sandbox gives no meaning. */
export function newOrderId(): string {
  return `${randomUUID().slice(0, -1)}a`;
}

export async function furnish(doors: Doors, password?: string): Promise<World> {
  const people = await openPeople(doors, password);
  const names = ["alice", "bob", "oscar", "admin"] as const;
  const users = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await people.logIn(name)).access] as const)),
  ) as World["users"];
  const scopes = ["inventory", "payments", "shipping", "notifications", "profiles"] as const;
  const services = Object.fromEntries(
    await Promise.all(scopes.map(async (scope) => [scope, await people.serviceToken(scope)] as const)),
  ) as World["services"];
  const product = (await doors.products()).find(
    ({ price, available }) => Number(price.amount) < 100 && available >= 100,
  );
  if (product === undefined) throw new Error("the catalogue has nothing to order");
  return { people, users, services, product, order: await placeOrder(doors, users.alice, product) };
}

async function placeOrder(doors: Doors, token: string, product: Product): Promise<World["order"]> {
  const key = randomUUID();
  const order = { items: [{ productId: product.id, quantity: 1 }], shippingAddress: HOME };
  const { status, body } = await doors.rest("/api/orders", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(order),
  });
  const { id, status: state } = JSON.parse(body);
  if (status !== 201 || state !== "Completed") throw new Error(`alice's order answered ${status}: ${body}`);
  const [saga] = await doors.query<{ id: string }>("orders", "SELECT id FROM order_sagas WHERE order_id = $1", [id]);
  return { id, sagaId: saga?.id ?? "", key, body: order };
}
