/** Where a load test sends its requests: the gateway's URL, and host:port of each service that it calls over gRPC. */
export interface Targets {
  readonly rest: string;
  readonly orders: string;
  readonly payments: string;
  readonly inventory: string;
}

/** The address as it is to be used; undefined where it is no URL of http or https, or has more than host and port. */
export function parseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  const isPlain =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return isPlain ? url.origin : undefined;
}

/** The address as it is to be used; undefined where it is not host:port. */
export function parseAddress(text: string): string | undefined {
  const [, host = "", port] = /^([a-z0-9.-]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(text) ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return isPort && URL.canParse(`http://${host}`) ? text : undefined;
}

/** Where the services listen beside a gateway, unless they are named: on its host, on the documented ports. */
export function targetsBeside(
  rest: string,
  named: Partial<Targets>,
  ports: Record<"orders" | "payments" | "inventory", number>,
): Targets {
  const { hostname } = new URL(rest);
  const beside = (name: keyof typeof ports) => named[name] ?? `${hostname}:${ports[name]}`;
  return { rest, orders: beside("orders"), payments: beside("payments"), inventory: beside("inventory") };
}

/** Those of the targets that are on another machine. */
export function remoteTargets(targets: Targets): (keyof Targets)[] {
  return (Object.keys(targets) as (keyof Targets)[]).filter((name) => !isLoopback(targets[name]));
}

function isLoopback(target: string): boolean {
  const { hostname } = new URL(target.includes("://") ? target : `http://${target}`);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
