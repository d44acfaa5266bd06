import { randomUUID } from "node:crypto";
import { HOME } from "../system/_shop.ts";
import { identityAccess, routeAccess } from "./_access.ts";
import type { HttpRequest } from "./_raw-http.ts";
import { aliceId, type World } from "./_world.ts";

/** A well-formed request of a route. */
export interface RouteRequest extends HttpRequest {
  readonly path: string;
  /** It asks for what is not there, so that nothing is changed: who may ask is told NOT_FOUND. */
  readonly isForNothing?: boolean;
}

/** The gateway's routes that are not for anyone. */
export function protectedRoutes(): string[] {
  return [...routeAccess].filter(([, row]) => row.nobody === "login").map(([route]) => route);
}

/** The identity service's routes that take a bearer token; what takes a client's own secret is not among them. */
export function protectedIdentityRoutes(): string[] {
  const isOpened = (row: object) => Object.values(row).includes("yes");
  return [...identityAccess].filter(([, row]) => row.nobody === "login" && isOpened(row)).map(([route]) => route);
}

/** The gateway's request for a route, such as `GET /api/orders/{id}`; what it touches is alice's. */
export function restRequest(route: string, world: World): RouteRequest {
  const [, template = ""] = route.split(" ");
  if (template.startsWith("/auth/")) {
    const { path, ...request } = identityRequest(route.replace(" /auth/", " /"), world);
    return { ...request, path: `/auth${path}` };
  }
  return made(route, restRequests, world);
}

/** The identity service's request for a route at its own door. */
export function identityRequest(route: string, world: World): RouteRequest {
  return made(route, identityRequests, world);
}

type Recipe = Partial<RouteRequest> & { readonly path: string; readonly json?: object; readonly form?: object };
type Recipes = Readonly<Record<string, (world: World) => Recipe>>;

function made(route: string, recipes: Recipes, world: World): RouteRequest {
  const recipe = recipes[route]?.(world);
  if (recipe === undefined) throw new Error(`No request is known for ${route}: add one.`);
  const { json, form, ...rest } = recipe;
  const request = { method: route.split(" ")[0] ?? "", ...rest };
  if (json) return { ...request, headers: { "content-type": "application/json" }, body: JSON.stringify(json) };
  if (form === undefined) return request;
  const body = new URLSearchParams(form as Record<string, string>).toString();
  return { ...request, headers: { "content-type": "application/x-www-form-urlencoded" }, body };
}

const reason = { reason: "a look at the doors" };

const restRequests: Recipes = {
  "POST /api/orders": ({ product }) => ({
    path: "/api/orders",
    json: { items: [{ productId: product.id, quantity: 1 }], shippingAddress: HOME },
  }),
  "GET /api/orders/{id}": ({ order }) => ({ path: `/api/orders/${order.id}` }),
  "GET /api/orders/{id}/saga": ({ order }) => ({ path: `/api/orders/${order.id}/saga` }),
  "GET /api/orders/{id}/events": ({ order }) => ({ path: `/api/orders/${order.id}/events`, readForMs: 3000 }),
  "GET /api/orders/user/{userId}": () => ({ path: `/api/orders/user/${aliceId}` }),
  "GET /api/products": () => ({ path: "/api/products" }),
  "GET /api/products/{id}": ({ product }) => ({ path: `/api/products/${product.id}` }),
  "GET /api/sagas": () => ({ path: "/api/sagas" }),
  "POST /api/sagas/{id}/retry": ({ order }) => ({ path: `/api/sagas/${order.sagaId}/retry`, json: reason }),
  "POST /api/sagas/{id}/compensate": ({ order }) => ({ path: `/api/sagas/${order.sagaId}/compensate`, json: reason }),
  "POST /api/sagas/{id}/resolve": ({ order }) => ({
    path: `/api/sagas/${order.sagaId}/resolve`,
    json: { undo: "RefundPayment", ...reason },
  }),
  "GET /api/dead-letters": () => ({ path: "/api/dead-letters" }),
  "GET /api/dead-letters/{id}": () => ({ path: "/api/dead-letters/1", isForNothing: true }),
  "GET /health": () => ({ path: "/health" }),
  "GET /openapi.json": () => ({ path: "/openapi.json" }),
  "GET /docs": () => ({ path: "/docs" }),
};

const identityRequests: Recipes = {
  "POST /login": () => ({ path: "/login", json: { username: "alice", password: "demo-password" } }),
  "POST /oauth2/token": () => ({
    path: "/oauth2/token",
    form: { grant_type: "refresh_token", refresh_token: "none" },
  }),
  "POST /oauth2/revoke": () => ({ path: "/oauth2/revoke", form: { token: "none", client_id: "shop" } }),
  "POST /oauth2/introspect": () => ({ path: "/oauth2/introspect", form: { token: "none" } }),
  "GET /.well-known/jwks.json": () => ({ path: "/.well-known/jwks.json" }),
  "GET /.well-known/oauth-authorization-server": () => ({ path: "/.well-known/oauth-authorization-server" }),
  "GET /revocations": () => ({ path: "/revocations" }),
  "GET /internal/profiles/{userId}": () => ({ path: `/internal/profiles/${aliceId}` }),
  "GET /keys": () => ({ path: "/keys" }),
  "POST /keys/rotate": () => ({ path: "/keys/rotate" }),
  "DELETE /keys/{kid}": () => ({ path: "/keys/nobodys-key", isForNothing: true }),
  "POST /users": () => ({ path: "/users", json: newUser() }),
  "GET /users/{userId}": () => ({ path: `/users/${aliceId}` }),
  "DELETE /users/{userId}": () => ({ path: `/users/${randomUUID()}`, isForNothing: true }),
};

/** A customer whom nobody else knows. */
export function newUser(changes: object = {}): object {
  const username = `guest-${randomUUID()}`;
  const email = `${username}@example.com`;
  return {
    username,
    password: `${randomUUID()}`,
    role: "customer",
    name: "A Guest",
    email,
    addresses: [HOME],
    ...changes,
  };
}
