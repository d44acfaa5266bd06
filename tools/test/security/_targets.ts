import { type Answer, CallRequest, CallResponse } from "@shop/protos/gen/shop/batch/v1/batch";
import { identityAccess, rpcAccess } from "./_access.ts";
import type { Doors } from "./_doors.ts";
import type { Scope } from "./_people.ts";
import type { GrpcAnswer, RawMetadata } from "./_raw-grpc.ts";
import type { HttpAnswer } from "./_raw-http.ts";
import { identityRequest, protectedIdentityRoutes, protectedRoutes, restRequest } from "./_rest-requests.ts";
import { rpcRequest } from "./_rpc-requests.ts";
import { audienceOf, batchDoors, batchPath, doorOf, methodAt, scopeOf } from "./_rpcs.ts";
import type { World } from "./_world.ts";

/** One thing behind one door that no token but a good one opens. */
export interface Target {
  /** Such as `orders gRPC`, as the tables name it. */
  readonly door: string;
  /** The RPC or route. */
  readonly name: string;
  /** The name of the service, which is the audience of tokens for it alone. */
  readonly service: string;
  /** Whose token opens it: an Admin's, or a service's with this scope. */
  readonly opener: "Admin" | Scope;
  /** Knocks with these headers, or metadata, and says what came back where that was not a refusal. */
  knock(headers: RawMetadata): Promise<string | undefined>;
}

/** Everything that is not for anyone, at every door. */
export function allTargets(doors: Doors, world: World): Target[] {
  const rpcs = [...rpcAccess].filter(([, row]) => row.nobody === "login").map(([path]) => path);
  return [
    ...rpcs.map((path) => rpcTarget(doors, world, path)),
    ...rpcs.filter(isBatched).map((path) => batchedTarget(doors, world, path)),
    ...protectedRoutes().map((route) => routeTarget(doors, world, route)),
    ...protectedIdentityRoutes().map((route) => identityTarget(doors, world, route)),
    ...protectedIdentityRoutes()
      .filter((route) => !route.includes(" /internal/"))
      .map((route) => passedOnTarget(doors, world, route)),
  ];
}

/** The last target of each door: one that changes nothing much, also where it is let in. */
export function oneOfEachDoor(targets: readonly Target[]): Target[] {
  return [...Map.groupBy(targets, ({ door }) => door).values()].flatMap((behind) => behind.slice(-1));
}

function isBatched(path: string): boolean {
  return batchDoors.includes(doorOf(path)) && !methodAt(path).responseStream;
}

function rpcTarget(doors: Doors, world: World, path: string): Target {
  const request = rpcRequest(path, world);
  return {
    door: `${doorOf(path)} gRPC`,
    name: path,
    service: audienceOf[doorOf(path)],
    opener: openerOf(path),
    knock: async (headers) => grpcBreach(await doors.call(path, headers, request)),
  };
}

function batchedTarget(doors: Doors, world: World, path: string): Target {
  const call = { method: path, request: rpcRequest(path, world), timeoutMs: 0, metadata: {} };
  return {
    door: `${doorOf(path)} batch`,
    name: path,
    service: audienceOf[doorOf(path)],
    opener: openerOf(path),
    async knock(headers) {
      const request = CallRequest.encode({ calls: [call] }).finish();
      return batchBreach(await doors.call(batchPath, headers, request, doorOf(path)));
    },
  };
}

function openerOf(path: string): Target["opener"] {
  const scope = scopeOf(doorOf(path));
  return rpcAccess.get(path)?.Admin === "yes" || scope === undefined ? "Admin" : scope;
}

/** What a batch of one call came back with where it was not refused. */
export function batchBreach(answer: GrpcAnswer): string | undefined {
  if (answer.code !== "OK") return grpcBreach(answer);
  const answers = answersOf(answer);
  const [only] = answers;
  if (answers.length !== 1 || only?.outcome === undefined) return `${answers.length} answers`;
  if (only.outcome.$case === "response") return "a response";
  return only.outcome.value.code === UNAUTHENTICATED ? undefined : `code ${only.outcome.value.code}`;
}

const UNAUTHENTICATED = 16;

/** The answers of a batch. */
export function answersOf(answer: GrpcAnswer): Answer[] {
  return answer.messages.flatMap((message) => CallResponse.decode(message).answers);
}

function routeTarget(doors: Doors, world: World, route: string): Target {
  const { path, ...request } = restRequest(route, world);
  return {
    door: "gateway REST",
    name: route,
    service: "gateway",
    opener: "Admin",
    knock: async (headers) =>
      httpBreach(await doors.rest(path, { ...request, headers: { ...request.headers, ...headers } })),
  };
}

function identityTarget(doors: Doors, world: World, route: string): Target {
  const { path, ...request } = identityRequest(route, world);
  return {
    door: "identity HTTP",
    name: route,
    service: "identity-service",
    opener: identityAccess.get(route)?.Admin === "yes" ? "Admin" : "profiles",
    knock: async (headers) =>
      httpBreach(await doors.identity(path, { ...request, headers: { ...request.headers, ...headers } })),
  };
}

/** The same through the gateway, which leaves it to identity to judge. */
function passedOnTarget(doors: Doors, world: World, route: string): Target {
  const target = routeTarget(doors, world, route.replace(" /", " /auth/"));
  return { ...target, door: "gateway /auth", service: "identity-service" };
}

function grpcBreach({ code, message, messages }: GrpcAnswer): string | undefined {
  if (messages.length > 0) return `${messages.length} messages, then ${code}`;
  return code === "UNAUTHENTICATED" ? undefined : `${code} ${message}`;
}

function httpBreach({ status, headers, body }: HttpAnswer): string | undefined {
  if (status === 400 && saysOnce.test(body)) return undefined;
  if (status !== 401) return `HTTP ${status} ${body.slice(0, 200)}`;
  const asksForToken = headers.some((header) => /^www-authenticate: Bearer\b/.test(header));
  const says = JSON.parse(body || "{}").code;
  return asksForToken && says === "UNAUTHENTICATED" ? undefined : `401 without its words: ${body.slice(0, 200)}`;
}

/** A header that comes twice is no header of HTTP's: it is refused before anybody asks who it may be (RFC 9110, 5.3). */
const saysOnce = /"field":"authorization","message":"must be sent once"/;
