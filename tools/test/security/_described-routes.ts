import { routes } from "../../../identity-service/src/api/service.ts";
import type { Doors } from "./_doors.ts";

/** The gateway's routes that its description leaves out: the description itself and its pages. */
const undescribed = ["GET /openapi.json", "GET /docs"];

/** Every route of the gateway, such as `GET /api/orders/{id}`. */
export async function gatewayRoutes(doors: Doors): Promise<string[]> {
  const { body } = await doors.rest("/openapi.json", { method: "GET" });
  const { paths } = JSON.parse(body) as { paths: Record<string, Record<string, unknown>> };
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  return [...described, ...undescribed].toSorted();
}

/** Every route of the identity service, as its own table has it. */
export function identityRoutes(): string[] {
  return routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`).toSorted();
}
