import { gatewayToIdentity } from "@shop/contracts/boundaries/gateway-to-identity-service";
import { polledDocuments } from "@shop/contracts/boundaries/identity-interactions";
import { describeHttpConsumer, type HttpCase } from "@shop/contracts/http-consumer";
import { formType, type HttpHeaders, type HttpInteraction, type HttpRequest } from "@shop/contracts/http-interaction";
import { polledDocumentCases } from "@shop/contracts/http-polled-documents";
import { exampleOf } from "@shop/contracts/match";
import { identityRoutes } from "../../src/api/identity-routes.ts";
import { startGateway, type TestGateway } from "../_gateway.ts";

let gateway: TestGateway | undefined;

afterAll(() => gateway?.close());

/** The keys are passed on to clients, too. */
const published = polledDocuments.filter(({ request }) => request.path.startsWith("/.well-known/"));
const ownReadings = new Set(polledDocuments.map(({ description }) => description));
const passedOn = gatewayToIdentity.interactions.filter(({ description }) => !ownReadings.has(description));

describeHttpConsumer(gatewayToIdentity, [
  ...[...passedOn, ...published].map(passesOn),
  ...polledDocumentCases("gateway"),
]);

describe("the routes that are passed on to identity", () => {
  it.each(identityRoutes)("$method $path stands in the contract", ({ method, path }) => {
    expect(passedOn.concat(published).filter((one) => routeOf(one.request)?.path === path)).not.toEqual([]);
    expect(method).toMatch(/^(GET|POST|DELETE)$/);
  });
});

/** A client's request goes on as it came, and its answer comes back, whatever it is: as the gateway's documents say. */
function passesOn({ description, request, response }: HttpInteraction): HttpCase {
  return {
    asks: [description],
    async call(url) {
      gateway ??= await startGateway({ IDENTITY_URL: url });
      const answer = await gateway.get(`/auth${request.path}`, initOf(request));
      expect(answer.status).toBe(response.status);
      expect(Object.fromEntries(answer.headers)).toMatchObject(shown(response.headers));
      if (response.body !== undefined) expect(answer.body).toEqual(exampleOf(response.body));
      expect(documentedForm(request, response.status).safeParse(answer.body).error).toBeUndefined();
    },
  };
}

function initOf({ method, headers, body, form }: HttpRequest): RequestInit {
  const { "x-forwarded-for": _, ...given } = shown(headers);
  const type = form ? formType : "application/json";
  const text = form ? new URLSearchParams(form).toString() : JSON.stringify(exampleOf(body ?? null));
  if (form === undefined && body === undefined) return { method, headers: given };
  return { method, headers: { "content-type": type, ...given }, body: text };
}

/** Headers by their examples. */
function shown(headers: HttpHeaders = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(exampleOf(value))]));
}

/** What the gateway's documents say that a body with this status is; nothing is said of an answer without one. */
function documentedForm(request: HttpRequest, status: number): { safeParse(body: unknown): { error?: unknown } } {
  const documented = routeOf(request)?.schema.response[status];
  if (documented === undefined) throw new Error(`${request.method} ${request.path}: ${status} stands in no document.`);
  const [content] = Object.values(documented.content);
  return content?.schema ?? { safeParse: () => ({}) };
}

function routeOf({ method, path }: HttpRequest) {
  return identityRoutes.find(
    (route) => route.method === method && new RegExp(`^${route.path.replace(/:\w+/g, "[^/]+")}$`).test(path),
  );
}
