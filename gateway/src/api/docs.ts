import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { App } from "./app.ts";
import { withoutUnusedSchemas } from "./components.ts";
import type { AnswerDoc } from "./openapi.ts";

const TITLE = "Shop";
const DESCRIPTION = `Places orders across services that share no database, and tells what became of them.

**Try it here.**
1. Open \`POST /auth/login\` below, press *Try it out* and *Execute*. In the demo the users are \`alice\` and \`bob\` (customers),
\`oscar\` (operator) and \`admin\` (Admin), with the password \`demo-password\`.
2. Copy \`access_token\` from the answer, press *Authorize*, and paste it under *bearer*. It lasts ten minutes;
\`POST /auth/oauth2/token\` with \`grant_type=refresh_token\` gives the next one.
3. Place an order with \`POST /api/orders\`, and read its saga with \`GET /api/orders/{id}/saga\`.

**What holds everywhere.** Statuses are words, times are RFC 3339 in UTC, amounts are decimals in quotes. Fields and query
parameters that are not known are refused by their names. Every error is an RFC 9457 problem with a stable \`code\`, but
those of \`/auth/oauth2\`, which are as RFC 6749 has them. A method that a path does not have is answered with 405 and
\`Allow\`, what cannot be read as HTTP with 400, 408, 414 or 431. Every answer carries \`x-correlation-id\`, by which the logs of
all services are searched, and the \`ratelimit-\` headers.

The services among themselves speak gRPC: [gRPC reference](/docs/grpc).`;

const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A user's access token, from `POST /auth/login`.",
  },
  client: {
    type: "http",
    scheme: "basic",
    description: "A service's client id and secret. The form's `client_id` and `client_secret` do as well.",
  },
  service: {
    type: "oauth2",
    description: "A service's token, for the gRPC calls of the other services; no path here takes it.",
    flows: { clientCredentials: { tokenUrl: "/auth/oauth2/token", scopes: {} } },
  },
} as const;

/** The bar at the top is for choosing another description, and there is one. */
const STYLE = ".swagger-ui .topbar { display: none; }";

/** Describes every route that is added after it, and serves the description as pages at /docs. */
export async function describeRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: TITLE, version: "1", description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
      tags: [
        { name: "auth", description: "Tokens." },
        { name: "products", description: "The catalogue; open to everybody." },
        { name: "orders", description: "Orders and what became of them; for users." },
        { name: "operators", description: "Sagas that need a person; for operators and Admins." },
        { name: "administration", description: "Keys and users; for Admins." },
        { name: "health", description: "Whether the system works." },
      ],
      servers: [{ url: "/", description: "Where this page comes from." }],
      components: { securitySchemes },
    },
    transform: describeRoute,
    transformObject: (document) => withoutUnusedSchemas(jsonSchemaTransformObject(document)),
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { deepLinking: true, displayRequestDuration: true },
    theme: { title: TITLE, css: [{ filename: "shop.css", content: STYLE }] },
  });
}

type Transform = typeof jsonSchemaTransform;

/** The type provider's description, and what it leaves out: the answers' headers and examples, and answers without a body. */
const describeRoute: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const described = (schema as { response?: Record<string, AnswerDoc> }).response ?? {};
  const given = (route.schema as { response?: Record<string, AnswerDoc> } | undefined)?.response ?? {};
  for (const [status, answer] of Object.entries(described)) {
    const headers = given[status]?.headers;
    described[status] =
      Object.keys(answer.content).length === 0
        ? { ...withoutBody, description: answer.description, headers }
        : { ...answer, headers, content: withExamples(answer, given[status]) };
  }
  const operationId = operationIdOf(String(route.route.method), url);
  return { schema: { operationId, ...schema }, url };
};

/** Such as getApiOrdersById, for whoever generates a client. */
function operationIdOf(method: string, url: string): string {
  const words = url
    .split(/[^a-zA-Z0-9:]+/)
    .map((word) => word.replace(/^:/, "by-"))
    .join("-");
  return `${method.toLowerCase()}${words}`.replace(/-+([a-zA-Z0-9])/g, (_match, letter: string) =>
    letter.toUpperCase(),
  );
}

/** How the generator of the description is told that there is no body. */
const withoutBody = { type: "null", content: {} };

function withExamples(described: AnswerDoc, given: AnswerDoc | undefined): AnswerDoc["content"] {
  return Object.fromEntries(
    Object.entries(described.content).map(([type, { schema }]) => {
      const examples = given?.content[type]?.examples;
      return [type, { schema, ...(examples && { examples }) }];
    }),
  );
}
