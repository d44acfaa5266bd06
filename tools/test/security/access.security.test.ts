import { randomUUID } from "node:crypto";
import { identityAccess, routeAccess, rpcAccess } from "./_access.ts";
import { type Check, checkRoutes, checkRpcs, rowOf } from "./_access-check.ts";
import { openCallers } from "./_callers.ts";
import { gatewayRoutes, identityRoutes } from "./_described-routes.ts";
import { type Doors, openDoors } from "./_doors.ts";
import { reflectedServices } from "./_reflection.ts";
import { rpcRequest } from "./_rpc-requests.ts";
import { batchDoors, batchPath, describedMethods, grpcDoors, servicesOf } from "./_rpcs.ts";
import { createTally, textTable } from "./_tally.ts";
import { distributionCells, timeInTurn } from "./_timing.ts";
import { twinsFor } from "./_twins.ts";
import { aliceId, furnish, newOrderId, type World } from "./_world.ts";

jest.setTimeout(300_000);

let doors: Doors;
let world: World;
const tally = createTally();

beforeAll(async () => {
  doors = await openDoors();
  world = await furnish(doors);
}, 120_000);

afterAll(async () => {
  tally.print("Calls that were answered as the table of access says, by caller and door");
  await doors?.close();
}, 60_000);

function check(): Check {
  return { doors, world, callersAt: openCallers(world), tally };
}

describe("the table of access", () => {
  test("has a row for each RPC of the contracts, and no other", () => {
    expect([...rpcAccess.keys()].toSorted()).toEqual(describedMethods().toSorted());
  });

  test("has a row for each route of the gateway, and no other", async () => {
    const routes = await gatewayRoutes(doors);
    expect(routes.filter((route) => rowOf(route) === undefined)).toEqual([]);
    expect([...routeAccess.keys()].filter((route) => !routes.includes(route))).toEqual([]);
  });

  test("has a row for each route of the identity service, and no other", () => {
    expect([...identityAccess.keys()].toSorted()).toEqual(identityRoutes());
  });

  test.each(grpcDoors)("tells of every service that %s shows by reflection", async (door) => {
    const open = ["grpc.health.v1.Health", ...(batchDoors.includes(door) ? ["shop.batch.v1.BatchService"] : [])];
    expect(await reflectedServices(doors, door)).toEqual([...servicesOf[door], ...open].toSorted());
  });
});

describe("every caller", () => {
  test("may make the RPCs that the table gives them, alone and in a batch, and no others", async () => {
    await checkRpcs(check());
    expect(tally.takeBreaches()).toEqual([]);
  });

  test("may send the requests that the table gives them, and no others", async () => {
    await checkRoutes(check(), await gatewayRoutes(doors));
    expect(tally.takeBreaches()).toEqual([]);
  });

  test("may ask for health", async () => {
    for (const door of grpcDoors) {
      expect((await doors.call("/grpc.health.v1.Health/Check", {}, Buffer.alloc(0), door)).code).toBe("OK");
    }
  });

  test("finds no batches at the order service", async () => {
    const metadata = { authorization: `Bearer ${world.users.admin}` };
    const answer = await doors.call(batchPath, metadata, rpcRequest(batchPath, world), "orders");
    expect(answer.code).toBe("UNIMPLEMENTED");
  });
});

describe("what is another's", () => {
  test("is answered byte by byte as what there is not", async () => {
    const differing: string[] = [];
    for (const twin of twinsFor(doors, world)) {
      const [real, absent] = [await twin.ask(twin.real), await twin.ask(twin.absent())];
      if (real !== absent) differing.push(`${twin.name}:\n${real}\n--- and what there is not:\n${absent}`);
    }
    expect(differing).toEqual([]);
  });

  test("does not show by its entity tag", async () => {
    const path = `/api/orders/${world.order.id}`;
    const read = (token: string, headers: Record<string, string>) =>
      doors.rest(path, { method: "GET", headers: { authorization: `Bearer ${token}`, ...headers } });
    const own = await read(world.users.alice, {});
    const tag = own.headers.find((header) => header.startsWith("etag: "))?.slice("etag: ".length) ?? '"none"';

    expect((await read(world.users.bob, { "if-none-match": tag })).status).toBe(404);
    expect((await read(world.users.bob, { "if-match": tag })).status).toBe(404);
  });

  test("does not show by its idempotency key, which is each user's own", async () => {
    const { status, headers, body } = await doors.rest("/api/orders", {
      method: "POST",
      headers: {
        authorization: `Bearer ${world.users.bob}`,
        "content-type": "application/json",
        "idempotency-key": world.order.key,
      },
      body: JSON.stringify(world.order.body),
    });

    expect([status, headers.some((header) => header.startsWith("idempotency-replayed"))]).toEqual([201, false]);
    expect(JSON.parse(body).id).not.toBe(world.order.id);
    expect(body).not.toContain(aliceId);
  });

  test("takes as long to be denied as what there is not", async () => {
    const metadata = { authorization: `Bearer ${world.users.bob}` };
    const overGrpc = (id: string) => () =>
      doors.call(
        "/shop.orders.v1.OrderService/GetOrder",
        metadata,
        Buffer.from(
          rpcRequest("/shop.orders.v1.OrderService/GetOrder", world).toString("latin1").replace(world.order.id, id),
          "latin1",
        ),
      );
    const overRest = (id: string) => () => doors.rest(`/api/orders/${id}`, { method: "GET", headers: metadata });
    const rows = [["NOT_FOUND", "count", "p10", "p50", "p90", "p99"]];
    for (const [name, ask, count] of [
      ["gRPC", overGrpc, 1000],
      ["REST", overRest, 300],
    ] as const) {
      await timeInTurn(50, ask(world.order.id), ask(newOrderId())); // what is first is slow for other reasons
      const { one, other } = await timeInTurn(count, ask(world.order.id), () => ask(randomUUID())());
      rows.push([`${name}, another's`, ...distributionCells(one)], [`${name}, nobody's`, ...distributionCells(other)]);
      // Far less than what a network adds, and than what two requests after one another differ by.
      expect(Math.abs(one.p50 - other.p50)).toBeLessThan(0.25 * other.p50);
    }
    process.stdout.write(`\n${textTable(rows)}\n`);
  });
});
