import { CancelShipmentRequest } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { createTokenVerifier } from "../src/auth.ts";
import { createRpcClient, type RpcClient, type RpcClientOptions } from "../src/grpc-client.ts";
import { createGrpcServer, type GrpcServer, type GrpcServerOptions, type Rpc } from "../src/grpc-server.ts";
import { silentLog } from "../src/logging.ts";
import { createMetrics, type Metrics } from "../src/metrics.ts";
import { key } from "./_grpc.ts";
import { audience, issuer } from "./_tokens.ts";

/** What goes to and fro here: a text. */
export type Text = CancelShipmentRequest;
export type Echo = Rpc<Text, Text>;

const codec = {
  requestSerialize: (value: Text): Buffer => Buffer.from(CancelShipmentRequest.encode(value).finish()),
  requestDeserialize: (value: Buffer): Text => CancelShipmentRequest.decode(value),
  responseSerialize: (value: Text): Buffer => Buffer.from(CancelShipmentRequest.encode(value).finish()),
  responseDeserialize: (value: Buffer): Text => CancelShipmentRequest.decode(value),
};
const unary = { ...codec, requestStream: false, responseStream: false } as const;

/** A contract whose first method is open to anyone, the second to a service, the third a stream. */
export const echoes = {
  echo: { ...unary, path: "/test.v1.Echoes/Echo" },
  echoForService: { ...unary, path: "/test.v1.Echoes/EchoForService" },
  watch: { ...codec, requestStream: false, responseStream: true, path: "/test.v1.Echoes/Watch" },
} as const;

export interface EchoHarness {
  server: GrpcServer;
  metrics: Metrics;
  /** A client that sends batches. */
  client: RpcClient<typeof echoes>;
  connect(options?: Partial<RpcClientOptions>): RpcClient<typeof echoes>;
  /** Answers how often a method ended with a code, batches themselves under `Call`. */
  count(method: string, code?: string): Promise<number>;
  close(): Promise<void>;
}

/** A server that takes batches and does what the test says. */
export async function serveEchoes(
  handle: Echo["handle"],
  options: Partial<GrpcServerOptions> = {},
): Promise<EchoHarness> {
  const metrics = createMetrics("test");
  const server = createGrpcServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLog(),
    metrics,
    verifier: createTokenVerifier({ keys: [key.jwk], issuer, audience }),
    hasBatching: true,
    drainMs: 5000,
    ...options,
  });
  server.addService(echoes, {
    echo: { access: "anyone", handle },
    echoForService: { access: { service: "shipping" }, handle },
    watch: { access: "anyone", handle: () => (async function* () {})() },
  });
  await server.start();
  const clients: { close(): void }[] = [];
  const connect: EchoHarness["connect"] = (more = {}) => {
    const client = createRpcClient(echoes, { address: `127.0.0.1:${server.port}`, isBatching: true, ...more });
    clients.push(client);
    return client;
  };
  return {
    server,
    metrics,
    client: connect(),
    connect,
    async count(method, code = "OK") {
      const text = await metrics.registry.metrics();
      const line = new RegExp(`seconds_count\\{[^}]*method="[^"]*/${method}",code="${code}"[^}]*\\} (\\d+)`);
      return Number(line.exec(text)?.[1] ?? 0);
    },
    async close() {
      for (const client of clients) client.close();
      await server.close();
    },
  };
}
