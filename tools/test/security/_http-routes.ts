import { eventually } from "@shop/testkit/eventually";
import type { Route } from "./_malformed-requests.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Every operation of the gateway's own description. */
export async function gatewayRoutes(gateway: string): Promise<Route[]> {
  const document = await eventually(() => describedBy(gateway), { timeoutMs: 30_000, intervalMs: 200 });
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => routeOf(document, method, path, operation)),
  );
  return [
    ...described,
    ...["/health", "/docs", "/openapi.json", "/dashboard"].map((path) => plain("gateway", "GET", path)),
  ];
}

/** A gateway that has too much to do for the moment is asked again. */
async function describedBy(gateway: string): Promise<OpenApi> {
  const response = await fetch(`http://${gateway}/openapi.json`);
  if (response.status !== 200) throw new Error(`The description is answered ${response.status}.`);
  return (await response.json()) as OpenApi;
}

function routeOf(document: OpenApi, method: string, path: string, { parameters = [], requestBody }: Operation): Route {
  const [[type = "", content] = []] = Object.entries(requestBody?.content ?? {});
  const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const good = content?.schema && exampleOf(document, content.schema);
  const takes = content === undefined ? "nothing" : type.includes("form") ? "form" : "json";
  return { door: "gateway", method: method.toUpperCase(), path, query, good, takes };
}

/** A value that a schema allows, as far as its types say. */
function exampleOf(document: OpenApi, schema: Schema, depth = 0): unknown {
  const { $ref, type, properties, items, example, examples, format } = schema;
  if ($ref !== undefined) {
    return exampleOf(document, document.components?.schemas?.[$ref.split("/").at(-1) ?? ""] ?? {}, depth + 1);
  }
  const given = example ?? examples?.[0] ?? schema.enum?.[0];
  if (given !== undefined) return given;
  const [choice] = schema.allOf ?? schema.anyOf ?? schema.oneOf ?? [];
  if (choice !== undefined) return exampleOf(document, choice, depth + 1);
  if (depth > 8) return null;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries(properties ?? {}).map(([name, of]) => [name, exampleOf(document, of, depth + 1)]),
      );
    case "array":
      return [exampleOf(document, items ?? {}, depth + 1)];
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    default:
      return format === "uuid" ? "01900000-0000-7000-8000-00000000a11c" : "word";
  }
}

const login = { username: "alice", password: "wrong" };
const user = {
  ...login,
  username: "nobody",
  role: "customer",
  name: "No Body",
  email: "nobody@example.com",
  addresses: [],
};
const clientForm = {
  grant_type: "client_credentials",
  client_id: "order-service",
  client_secret: "wrong",
  scope: "profiles",
};
const exchangeForm = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: "a.b.c",
  subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
  audience: "order-service",
};

/** Every route of the identity service's own door. */
export const identityRoutes: readonly Route[] = [
  body("POST", "/login", "json", login),
  body("POST", "/oauth2/token", "form", clientForm),
  body("POST", "/oauth2/token", "form", { grant_type: "refresh_token", refresh_token: "unknown" }),
  body("POST", "/oauth2/token", "form", exchangeForm),
  body("POST", "/oauth2/revoke", "form", { token: "unknown", token_type_hint: "refresh_token" }),
  body("POST", "/oauth2/introspect", "form", { token: "unknown", client_id: "order-service", client_secret: "wrong" }),
  body("POST", "/users", "json", user),
  ...["/.well-known/jwks.json", "/.well-known/oauth-authorization-server", "/revocations", "/keys"].map((path) =>
    plain("identity", "GET", path),
  ),
  ...["/internal/profiles/{userId}", "/users/{userId}"].map((path) => plain("identity", "GET", path)),
  // Keys are rotated and users deleted by their own tests: here the shop has to go on.
  plain("identity", "DELETE", "/keys/{kid}"),
];

function body(method: string, path: string, takes: "json" | "form", good: unknown): Route {
  return { door: "identity", method, path, query: [], good, takes };
}

function plain(door: Route["door"], method: string, path: string): Route {
  return { door, method, path, query: [], good: undefined, takes: "nothing" };
}
