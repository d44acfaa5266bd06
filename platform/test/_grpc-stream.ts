import { CancelShipmentRequest } from "@shop/protos/gen/shop/shipping/v1/shipping";
import { createTokenVerifier } from "../src/auth.ts";
import { createRpcClient, type RpcClient, type RpcClientOptions } from "../src/grpc-client.ts";
import { createGrpcServer, type GrpcServer, type GrpcServerOptions, type StreamRpc } from "../src/grpc-server.ts";
import { silentLog } from "../src/logging.ts";
import { createMetrics, type Metrics } from "../src/metrics.ts";
import { key } from "./_grpc.ts";
import { audience, issuer } from "./_tokens.ts";

/** What goes to and fro here: a text. */
export type Text = CancelShipmentRequest;
export type Watch = StreamRpc<Text, Text>;

const stream = {
  requestStream: false,
  responseStream: true,
  requestSerialize: (value: Text): Buffer => Buffer.from(CancelShipmentRequest.encode(value).finish()),
  requestDeserialize: (value: Buffer): Text => CancelShipmentRequest.decode(value),
  responseSerialize: (value: Text): Buffer => Buffer.from(CancelShipmentRequest.encode(value).finish()),
  responseDeserialize: (value: Buffer): Text => CancelShipmentRequest.decode(value),
} as const;

/** A contract of streams only. */
export const streams = {
  watch: { ...stream, path: "/test.v1.Streams/Watch" },
  watchAsService: { ...stream, path: "/test.v1.Streams/WatchAsService" },
} as const;

export interface StreamHarness {
  server: GrpcServer;
  metrics: Metrics;
  client: RpcClient<typeof streams>;
  connect(options?: Partial<RpcClientOptions>): RpcClient<typeof streams>;
  close(): Promise<void>;
}

/** A server where both streams do what the test says; one is open to anyone, the other to a service only. */
export async function serveStreams(
  handle: Watch["handle"],
  options: Partial<GrpcServerOptions> = {},
): Promise<StreamHarness> {
  const metrics = createMetrics("test");
  const verifier = createTokenVerifier({ keys: [key.jwk], issuer, audience });
  const server = createGrpcServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLog(),
    metrics,
    verifier,
    drainMs: 5000,
    ...options,
  });
  server.addService(streams, {
    watch: { access: "anyone", handle },
    watchAsService: { access: { service: "shipping" }, handle },
  });
  await server.start();
  const clients: { close(): void }[] = [];
  const connect: StreamHarness["connect"] = (more = {}) => {
    const client = createRpcClient(streams, { address: `127.0.0.1:${server.port}`, ...more });
    clients.push(client);
    return client;
  };
  return {
    server,
    metrics,
    client: connect(),
    connect,
    async close() {
      for (const client of clients) client.close();
      await server.close();
    },
  };
}

/** All texts of a stream. */
export async function all(messages: AsyncIterable<Text>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { orderId } of messages) texts.push(orderId);
  return texts;
}

/** Waits until the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });
}
