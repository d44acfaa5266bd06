import { type ChannelOptions, Client, experimental } from "@grpc/grpc-js";
import { channelSecurity } from "./grpc-tls.ts";
import type { Tls } from "./tls.ts";

/**
 * Connects to a target: one `host:port`, or several with commas between them. A name is called at all addresses that it
 * stands for. Calls go round all addresses that can be reached; one that cannot is left out until it is back. With TLS the
 * other side has to prove that it is one of those that were named.
 */
export function connectTo(target: string, tls?: Tls): Client {
  const addresses = [...new Set(target.split(",").map((address) => address.trim()))];
  const joined = addresses.join(",");
  const hosts = addresses.map((address) => experimental.splitHostPort(address)?.host ?? address);
  const security = channelSecurity(hosts, tls);
  const options = { ...channelOptions, ...security.options };
  if (addresses.length === 1) return new Client(joined, security.credentials, options);
  experimental.registerResolver(scheme, SeveralAddresses);
  return new Client(`${scheme}:${joined}`, security.credentials, options);
}

const channelOptions: ChannelOptions = {
  // Statistics of grpc-js's own that nobody here reads.
  "grpc.enable_channelz": 0,
  "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  "grpc.service_config_disable_resolution": 1,
  // A process that hangs, or whose machine is gone, is noticed by the pings it does not answer. They have a price: Node
  // sends none on a connection that its server has asked to leave (GOAWAY: drain, connection age), and grpc-js 1.14.7 takes
  // that for a dead connection. A call that is still under way there at the next ping is UNAVAILABLE, its outcome unknown.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 3000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2000,
  "grpc.dns_min_time_between_resolutions_ms": 5000,
};

const scheme = "several";

type Target = Parameters<typeof experimental.createResolver>[0];
type Resolved = Parameters<experimental.ResolverListener>[0];

/** Resolves a list of targets by grpc-js's own resolver of each, and hands on all that they stand for together. */
class SeveralAddresses implements experimental.Resolver {
  readonly #listener: experimental.ResolverListener;
  readonly #resolvers: experimental.Resolver[];
  readonly #results = new Map<string, Resolved>();
  #told = "";
  #telling: NodeJS.Immediate | undefined;

  constructor(target: Target, listener: experimental.ResolverListener, options: ChannelOptions) {
    this.#listener = listener;
    this.#resolvers = target.path.split(",").map((path) =>
      experimental.createResolver(
        { scheme: "dns", path },
        (result) => {
          this.#learn(path, result);
          return true;
        },
        options,
      ),
    );
  }

  static getDefaultAuthority(target: Target): string {
    return target.path.split(",")[0] ?? "";
  }

  updateResolution(): void {
    for (const resolver of this.#resolvers) resolver.updateResolution();
  }

  destroy(): void {
    clearImmediate(this.#telling);
    this.#telling = undefined;
    this.#told = "";
    this.#results.clear();
    for (const resolver of this.#resolvers) resolver.destroy();
  }

  /** A name that cannot be looked up now keeps the addresses it had. */
  #learn(path: string, result: Resolved): void {
    if (result.ok || !this.#results.get(path)?.ok) this.#results.set(path, result);
    this.#telling ??= setImmediate(() => this.#tell());
  }

  /** Tells what has changed, and does not wait for a name that takes long while there is another address to call. */
  #tell(): void {
    this.#telling = undefined;
    const results = [...this.#results.values()];
    const endpoints = results.flatMap((result) => (result.ok ? result.value : []));
    const [failed] = results.filter((result) => !result.ok);
    if (endpoints.length === 0 && (failed === undefined || results.length < this.#resolvers.length)) return;
    const told = endpoints.map(experimental.endpointToString).sort().join();
    if (told !== "" && told === this.#told) return;
    this.#told = told;
    const result = endpoints.length === 0 && failed ? failed : experimental.statusOrFromValue(endpoints);
    this.#listener(result, {}, null, "");
  }
}
