import type { CallerKind } from "./_access.ts";
import { type Scope, scopes } from "./_people.ts";
import type { GrpcDoor } from "./_rpcs.ts";
import { scopeOf } from "./_rpcs.ts";
import type { World } from "./_world.ts";

/** Behind which service a door is; `gateway` and `identity` speak HTTP. */
export type DoorName = GrpcDoor | "gateway" | "identity";

/** The tokens of each kind of caller at one door; `undefined` stands for no token. */
export type Callers = Readonly<Record<CallerKind, readonly (string | undefined)[]>>;

/** Everybody who may come to a door; asked for once for each. */
export function openCallers(world: World): (door: DoorName) => Promise<Callers> {
  const known = new Map<DoorName, Promise<Callers>>();
  return (door) => {
    const found = known.get(door) ?? callersAt(door, world);
    known.set(door, found);
    return found;
  };
}

async function callersAt(door: DoorName, world: World): Promise<Callers> {
  const { users, services, people } = world;
  const own = ownScope(door);
  const elsewhere = door === "orders" ? "inventory-service" : "order-service";
  return {
    nobody: [undefined],
    owner: [users.alice],
    other: [users.bob],
    operator: [users.oscar],
    Admin: [users.admin],
    service: [services[own]],
    scopes: scopes.filter((scope) => scope !== own).map((scope) => services[scope]),
    exchanged: [await people.exchanged(users.alice, elsewhere), await people.exchanged(users.admin, elsewhere)],
  };
}

/** The scope that the door asks services for; where it asks for none, any. */
function ownScope(door: DoorName): Scope {
  switch (door) {
    case "identity":
      return "profiles";
    case "gateway":
      return "inventory";
    default:
      return scopeOf(door) ?? "inventory";
  }
}
