import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { App } from "./app.ts";
import { withoutUnusedSchemas } from "./components.ts";
import type { AnswerDoc } from "./openapi.ts";

const TITLE = "Shop";
const DESCRIPTION = `Places orders across services that share no database, and tells what became of them.

Log in with \`POST /auth/login\`, press **Authorize**, paste the \`access_token\`, and place an order.
Statuses are words, times are RFC 3339 in UTC, and every error is an RFC 9457 problem with a stable \`code\`.`;

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
        { name: "health", description: "Whether the system works." },
      ],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } },
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

/** The type provider's description, and what it leaves out: the answers' headers and examples. */
const describeRoute: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const described = (schema as { response?: Record<string, AnswerDoc> }).response ?? {};
  const given = (route.schema as { response?: Record<string, AnswerDoc> } | undefined)?.response ?? {};
  for (const [status, answer] of Object.entries(described)) {
    described[status] = { ...answer, headers: given[status]?.headers, content: withExamples(answer, given[status]) };
  }
  return { schema, url };
};

function withExamples(described: AnswerDoc, given: AnswerDoc | undefined): AnswerDoc["content"] {
  return Object.fromEntries(
    Object.entries(described.content).map(([type, { schema }]) => {
      const examples = given?.content[type]?.examples;
      return [type, { schema, ...(examples && { examples }) }];
    }),
  );
}
