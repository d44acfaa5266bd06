import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  type CancelShipmentRequest,
  type CancelShipmentResponse,
  type ScheduleShipmentRequest,
  type ScheduleShipmentResponse,
  ShipmentStatus,
  ShippingServiceService,
} from "@shop/protos/gen/shop/shipping/v1/shipping";
import { createTokenVerifier } from "../src/auth.ts";
import { AppError } from "../src/errors.ts";
import { createRpcClient, type RpcClient, type RpcClientOptions } from "../src/grpc-client.ts";
import { createGrpcServer, type GrpcServer, type GrpcServerOptions, type Rpc } from "../src/grpc-server.ts";
import { silentLog } from "../src/logging.ts";
import { createMetrics, type Metrics } from "../src/metrics.ts";
import { audience, createTestKey, issuer } from "./_tokens.ts";

/** The contract the tests of server and client are run with. */
export const definition = ShippingServiceService;
export const paths = {
  schedule: definition.scheduleShipment.path,
  cancel: definition.cancelShipment.path,
  get: definition.getShipment.path,
};
export const cancelled: CancelShipmentResponse = { status: ShipmentStatus.SHIPMENT_STATUS_CANCELLED };
export const key = createTestKey("test");

export type Cancel = Rpc<CancelShipmentRequest, CancelShipmentResponse>;
type Schedule = Rpc<ScheduleShipmentRequest, ScheduleShipmentResponse>;

export interface Harness {
  server: GrpcServer;
  metrics: Metrics;
  client: RpcClient<typeof definition>;
  /** A client of its own for the same server. */
  connect(options?: Partial<RpcClientOptions>): RpcClient<typeof definition>;
  /** Sends bytes as they are and answers with bytes. */
  raw(path: string, bytes: Buffer, metadata?: Record<string, string>): Promise<Buffer>;
  close(): Promise<void>;
}

/** A server where CancelShipment does what the test says; ScheduleShipment is a service's, GetShipment a user's. */
export async function serve(cancel: Cancel["handle"], options: Partial<GrpcServerOptions> = {}): Promise<Harness> {
  const metrics = createMetrics("test");
  const verifier = createTokenVerifier({ keys: [key.jwk], issuer, audience });
  const log = silentLog();
  const server = createGrpcServer({
    host: "127.0.0.1",
    port: 0,
    log,
    metrics,
    verifier,
    hasReflection: true,
    drainMs: 1000,
    ...options,
  });
  const schedule: Schedule["handle"] = async () => ({ outcome: undefined });
  server.addService(definition, {
    cancelShipment: { access: "anyone", handle: cancel },
    scheduleShipment: { access: { service: "shipping" }, handle: schedule },
    getShipment: {
      access: { user: ["customer", "Admin"] },
      handle: async () => {
        throw new AppError("NOT_FOUND", "There is no such shipment.");
      },
    },
  });
  await server.start();
  const address = `127.0.0.1:${server.port}`;
  const clients: { close(): void }[] = [];
  const connect: Harness["connect"] = (more = {}) => {
    const client = createRpcClient(definition, { address, ...more });
    clients.push(client);
    return client;
  };
  const bytes = new Client(address, credentials.createInsecure());
  clients.push(bytes);
  return {
    server,
    metrics,
    client: connect(),
    connect,
    raw: (path, message, metadata = {}) => sendBytes(bytes, path, message, metadata),
    async close() {
      for (const client of clients) client.close();
      await server.close();
    },
  };
}

function sendBytes(client: Client, path: string, message: Buffer, entries: Record<string, string>): Promise<Buffer> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve, reject) => {
    const settle = (err: ServiceError | null, response?: Buffer) => (err ? reject(err) : resolve(response as Buffer));
    client.makeUnaryRequest(path, same, same, message, metadata, { deadline: Date.now() + 5000 }, settle);
  });
}
