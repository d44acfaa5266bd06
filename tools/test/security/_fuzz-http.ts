import { createDice, seedOfRun } from "./_dice.ts";
import { type Counts, countIn } from "./_fuzz-grpc.ts";
import { type HttpGun, openHttpGun, type RawAnswer } from "./_http-gun.ts";
import { leakIn } from "./_leaks.ts";
import { malformedRequest, type Request, type Route } from "./_malformed-requests.ts";
import type { AttackedShop } from "./_shop-process.ts";

/** What came of many requests. */
export interface HttpOutcome {
  readonly fired: number;
  /** How many were answered with each status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How many to each route were answered with each status. */
  readonly byRoute: Counts;
  /** The first requests that were not answered as they should have been. */
  readonly faults: readonly string[];
}

const atOnce = 48;

/** Fires malformed requests at both HTTP doors, each on a connection that is kept. */
export async function fireMalformedRequests(
  { http, tokens }: AttackedShop,
  routes: readonly Route[],
  count: number,
  seed = seedOfRun(),
): Promise<HttpOutcome> {
  const dice = createDice(seed);
  const tried: Record<string, Record<string, number>> = {};
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  let fired = 0;

  async function keepFiring(): Promise<void> {
    const guns: Record<Route["door"], HttpGun> = {
      gateway: openHttpGun(http.gateway),
      identity: openHttpGun(http.identity),
    };
    try {
      while (fired < count && faults.length < 10) {
        fired += 1;
        const number = fired;
        const request = malformedRequest(dice, routes, Object.values(tokens));
        const answer = await guns[request.door].fire(request.bytes, request.isHead);
        const status = answer?.status ?? 0;
        statuses[status] = (statuses[status] ?? 0) + 1;
        countIn(tried, `${request.door} ${request.kind.split(" ", 2).join(" ")}`, String(status));
        const fault = httpFaultOf(answer, request.isHead);
        if (fault !== undefined) faults.push(`seed ${seed}, request ${number}: ${fault}: ${shown(request)}`);
      }
    } finally {
      for (const gun of Object.values(guns)) gun.close();
    }
  }

  await Promise.all(Array.from({ length: atOnce }, keepFiring));
  return { fired, statuses, byRoute: tried, faults };
}

/** What is wrong with an answer. */
export function httpFaultOf(answer: RawAnswer | undefined, isHead = false): string | undefined {
  if (answer === undefined) return "no answer";
  const { status, headers, body } = answer;
  const described = `${status} ${headers.get("content-type")} ${body.slice(0, 300)}`;
  if (status < 200 || status > 503) return `no status of ours: ${described}`;
  // Whether all services are well is what a health check asks.
  const isReport = headers.get("content-type")?.startsWith("application/json") === true;
  if (status === 503 && isReport && (isHead || body.startsWith('{"status":"not ready"'))) return undefined;
  if (status >= 500 && (status !== 503 || !headers.has("retry-after"))) return `our fault: ${described}`;
  const leak = status < 400 ? undefined : leakIn([...headers.values(), body].join("\n"));
  if (leak !== undefined) return `leaks "${leak}": ${described}`;
  if (status < 400 || isHead) return undefined;
  return isProblem(answer) || isOAuthError(answer) ? undefined : `no problem document: ${described}`;
}

function isProblem({ status, headers, body }: RawAnswer): boolean {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return false;
  const problem = JSON.parse(body) as Record<string, unknown>;
  return problem.status === status && typeof problem.code === "string" && typeof problem.title === "string";
}

function isOAuthError({ headers, body }: RawAnswer): boolean {
  if (!headers.get("content-type")?.startsWith("application/json")) return false;
  const names = Object.keys(JSON.parse(body) as object);
  return names.includes("error") && names.every((name) => /^error(_description|_uri)?$/.test(name));
}

function shown({ kind, door, bytes }: Request): string {
  const text = bytes.toString("latin1").replaceAll(/Bearer eyJ[\w.-]{100,}/g, "Bearer …");
  return `${kind} at ${door}: ${JSON.stringify(text.slice(0, 500))}`;
}
