import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type System, startSystem } from "@shop/testkit/system";
import { fillIn, type NamedAnswer, readRequestsFile, type WrittenRequest } from "../_requests-file.ts";

const file = join(import.meta.dirname, "..", "..", "..", "docs", "requests.http");

describe("docs/requests.http", () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  }, 120_000);
  afterAll(() => system?.stop());

  it("is answered as it says, request by request, and leaves no operation out", async () => {
    const { variables, requests } = readRequestsFile(await readFile(file, "utf8"));
    const secrets = JSON.parse(await readFile(join(system.logsDir, "..", "secrets.json"), "utf8"));
    const known = { ...variables, host: system.restUrl, clientSecret: secrets.orderServiceClient };
    const answers = new Map<string, NamedAnswer>();

    for (const request of requests) {
      const { title, promised } = request;
      const answer = await send(request, (text) => fillIn(text, known, answers));
      expect({ title, ...answer }).toMatchObject({ title, status: promised });
      if (request.name !== undefined) answers.set(request.name, answer);
    }

    const operations = await describedOperations(system.restUrl);
    expect(operations.length).toBeGreaterThan(25);
    expect(operations.filter((operation) => !requests.some((request) => isOf(operation, request)))).toEqual([]);
  }, 120_000);
});

async function send(
  { method, url, headers, body }: WrittenRequest,
  filled: (text: string) => string,
): Promise<NamedAnswer & { status: number }> {
  const sent = Object.entries(headers).map(([name, value]) => [name, withBasic(filled(value))] as [string, string]);
  const res = await fetch(filled(url), {
    method,
    headers: sent,
    body: body && filled(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await res.text();
  const isJson = res.headers.get("content-type")?.includes("json") === true && text !== "";
  return { status: res.status, headers: res.headers, body: isJson ? JSON.parse(text) : text };
}

/** The REST Client encodes what it is given as `Basic name password`. */
function withBasic(header: string): string {
  const [scheme, name, password] = header.split(" ");
  if (scheme !== "Basic") return header;
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
}

async function describedOperations(url: string): Promise<Operation[]> {
  const res = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
  const { paths } = (await res.json()) as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
  );
}

function isOf({ method, path }: Operation, request: WrittenRequest): boolean {
  const [, asked = ""] = /^\{\{host\}\}([^?]*)/.exec(request.url) ?? [];
  const pattern = path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+");
  return request.method === method && new RegExp(`^${pattern}$`).test(asked);
}
