import type { KongDocument, KongRoute, KongService } from "./_kong-document.ts";

/** What a request of a method and a path comes to. */
export interface Match {
  readonly service: KongService;
  readonly route: KongRoute;
  /** The path as the service sees it. */
  readonly upstreamPath: string;
}

/** Which of two routes Kong takes is left to chance. */
export class AmbiguousRoutes extends Error {}

/** One route with those of its paths that rank alike. */
interface Candidate {
  readonly service: KongService;
  readonly route: KongRoute;
  readonly paths: readonly string[];
  readonly rank: readonly number[];
}

/**
 * The route that Kong's router (flavor traditional_compatible, the default) takes. It ranks by the number of kinds of
 * conditions, then regular expressions before prefixes, then regex_priority, then the length of the prefix; it knows no
 * protocols. Throws AmbiguousRoutes where two rank alike.
 */
export function matchRequest(document: KongDocument, method: string, path: string): Match | undefined {
  const matching = candidatesOf(document)
    .filter(({ route }) => route.methods === undefined || route.methods.some((one) => one === method))
    .filter(({ paths }) => paths.some((pattern) => matchedPart(pattern, path) !== undefined))
    .toSorted((one, other) => compareRanks(other.rank, one.rank));
  const [best, next] = matching;
  if (best === undefined) return undefined;
  if (next && compareRanks(best.rank, next.rank) === 0) {
    throw new AmbiguousRoutes(`${method} ${path} matches ${best.route.name} and ${next.route.name} alike.`);
  }
  const pattern = best.paths.find((one) => matchedPart(one, path) !== undefined) ?? "";
  const matched = matchedPart(pattern, path) ?? "";
  return { service: best.service, route: best.route, upstreamPath: upstreamPath(best, matched, path) };
}

/** Paths of different rank count as routes of their own. */
function candidatesOf({ services }: KongDocument): Candidate[] {
  return services.flatMap((service) =>
    service.routes.flatMap((route) => {
      const groups = Map.groupBy(route.paths, (path) => (isRegex(path) ? 0 : path.length));
      return [...groups].map(([length, paths]) => ({ service, route, paths, rank: rankOf(route, length) }));
    }),
  );
}

function rankOf({ methods, regex_priority }: KongRoute, length: number): number[] {
  const conditions = methods === undefined ? 1 : 2;
  return length === 0 ? [conditions, 1, regex_priority, 0] : [conditions, 0, 0, length];
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  return one.map((rank, index) => rank - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function isRegex(path: string): boolean {
  return path.startsWith("~");
}

/** The beginning of `path` that the pattern stands for. */
function matchedPart(pattern: string, path: string): string | undefined {
  if (!isRegex(pattern)) return path.startsWith(pattern) ? pattern : undefined;
  return new RegExp(`^${pattern.slice(1)}`).exec(path)?.[0];
}

/** The service's path and what is left of the request's. */
function upstreamPath({ service, route }: Candidate, matched: string, path: string): string {
  const base = (service.path ?? "").replace(/\/$/, "");
  if (route.strip_path === false || route.protocols.includes("grpc")) return `${base}${path}`;
  const rest = path.slice(matched.length).replace(/^\//, "");
  if (rest !== "") return `${base}/${rest}`;
  return path.endsWith("/") || base === "" ? `${base}/` : base;
}
