import { CallRequest } from "@shop/protos/gen/shop/batch/v1/batch";
import { callers, identityAccess, type Outcome, routeAccess, rpcAccess } from "./_access.ts";
import type { Callers, DoorName } from "./_callers.ts";
import type { Doors } from "./_doors.ts";
import type { HttpAnswer } from "./_raw-http.ts";
import { identityRequest, type RouteRequest, restRequest } from "./_rest-requests.ts";
import { rpcRequest } from "./_rpc-requests.ts";
import { batchDoors, batchPath, doorOf, type GrpcDoor, grpcDoors, methodAt } from "./_rpcs.ts";
import type { Tally } from "./_tally.ts";
import { answersOf } from "./_targets.ts";
import type { World } from "./_world.ts";

/** What is checked, and where it is counted: what the table says counts as refused, anything else as a breach. */
export interface Check {
  readonly doors: Doors;
  readonly world: World;
  readonly callersAt: (door: DoorName) => Promise<Callers>;
  readonly tally: Tally;
}

/** Has every kind of caller make every call of the table, one by one and, where the door takes them, in a batch. */
export async function checkRpcs(check: Check): Promise<void> {
  for (const door of grpcDoors) {
    const paths = [...rpcAccess.keys()].filter((path) => path !== batchPath && doorOf(path) === door);
    for (const path of paths) await checkRpc(check, door, path);
    if (!batchDoors.includes(door)) continue;
    await checkRpc(check, door, batchPath);
    for (const path of paths) if (!methodAt(path).responseStream) await checkBatched(check, door, path);
  }
}

async function checkRpc(check: Check, door: GrpcDoor, path: string): Promise<void> {
  await eachCaller(check, door, path, rpcAccess, async (token) => {
    const { code } = await check.doors.call(path, bearer(token), rpcRequest(path, check.world), door);
    return outcomeOfCode(code, path);
  });
}

async function checkBatched(check: Check, door: GrpcDoor, path: string): Promise<void> {
  await eachCaller(check, door, path, rpcAccess, async (token) => {
    const call = { method: path, request: rpcRequest(path, check.world), timeoutMs: 0, metadata: {} };
    const request = CallRequest.encode({ calls: [call] }).finish();
    const answer = await check.doors.call(batchPath, bearer(token), request, door);
    const [only] = answersOf(answer);
    if (only?.outcome === undefined) return `no answer: ${answer.code}`;
    return outcomeOfCode(only.outcome.$case === "response" ? "OK" : numbered[only.outcome.value.code], path);
  });
}

/** Has every kind of caller send every request of the tables, to the gateway and to the identity service itself. */
export async function checkRoutes(check: Check, gatewayRoutes: readonly string[]): Promise<void> {
  for (const route of gatewayRoutes) await checkRoute(check, "gateway", route);
  for (const route of identityAccess.keys()) await checkRoute(check, "identity", route);
}

async function checkRoute(check: Check, door: "gateway" | "identity", route: string): Promise<void> {
  const { doors, world } = check;
  const methods = route.startsWith("GET ") ? ["GET", "HEAD"] : [route.split(" ")[0] ?? ""];
  // Behind the gateway's /auth is identity, which is who judges there.
  const judge = route.includes(" /auth/") ? "identity" : door;
  for (const method of methods) {
    await eachCaller(check, judge, route, { get: rowOf }, async (token) => {
      const request = door === "gateway" ? restRequest(route, world) : identityRequest(route, world);
      const send = door === "gateway" ? doors.rest : doors.identity;
      const headers = { ...request.headers, ...bearer(token) };
      return outcomeOfStatus(await send(request.path, { ...request, method, headers }), request);
    });
  }
}

/** The row of a route at the gateway or, where that only passes it on, at identity. */
export function rowOf(route: string): ReturnType<typeof routeAccess.get> {
  return routeAccess.get(route) ?? identityAccess.get(route.replace(" /auth/", " /"));
}

async function eachCaller(
  { callersAt, tally }: Check,
  door: DoorName,
  name: string,
  table: { get(name: string): ReturnType<typeof rpcAccess.get> },
  knock: (token: string | undefined) => Promise<string>,
): Promise<void> {
  const row = table.get(name);
  if (row === undefined) return tally.count("a row of its own", door, `${name} has none in the table of access`);
  const tokens = await callersAt(door);
  for (const caller of callers) {
    for (const token of tokens[caller]) {
      const outcome = await knock(token);
      const isAsDeclared = outcome === row[caller];
      tally.count(caller, door, isAsDeclared ? undefined : `${name} is declared ${row[caller]} and was ${outcome}`);
    }
  }
}

/** Where nothing can be there, so that who may ask is told so. */
const asksForNothing = new Set(["/shop.orders.v1.SagaOperatorService/GetDeadLetter"]);

const numbered: Readonly<Record<number, string>> = {
  3: "INVALID_ARGUMENT",
  5: "NOT_FOUND",
  7: "PERMISSION_DENIED",
  9: "FAILED_PRECONDITION",
  12: "UNIMPLEMENTED",
  16: "UNAUTHENTICATED",
};

function outcomeOfCode(code: string | undefined, path: string): Outcome | string {
  switch (code) {
    case "OK":
    case "FAILED_PRECONDITION": // The call was let in; the saga has ended.
      return "yes";
    case "UNAUTHENTICATED":
      return "login";
    case "PERMISSION_DENIED":
      return "no";
    case "NOT_FOUND":
      return asksForNothing.has(path) ? "yes" : "hidden";
    default:
      return code ?? "an unknown code";
  }
}

function outcomeOfStatus({ status, body }: HttpAnswer, { isForNothing = false }: RouteRequest): Outcome | string {
  if (status === 401) return "login";
  if (status === 403) return "no";
  if (status === 404) return isForNothing ? "yes" : "hidden";
  const isAnswered = status < 400 || status === 400 || status === 409;
  return isAnswered ? "yes" : `HTTP ${status} ${body.slice(0, 200)}`;
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
