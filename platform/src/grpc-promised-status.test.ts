import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { cancelled, definition, paths, serve } from "../test/_grpc.ts";
import { AppError } from "./errors.ts";
import { createRpcClient, type RpcClient } from "./grpc-client.ts";
import { promiseOk, promisesOk } from "./grpc-promised-status.ts";

const request = { orderId: "01900000-0000-7000-8000-000000000001" };
const options = { timeoutMs: 5000 };
const answer = definition.cancelShipment.responseSerialize(cancelled);
type Wire = ServerWritableStream<Buffer, Buffer>;

describe("a caller", () => {
  let server: Server;
  let client: RpcClient<typeof definition>;
  let began: Promise<Wire>;

  /** A server that answers a call by hand, as no server of ours does. */
  beforeEach(async () => {
    const { promise, resolve } = Promise.withResolvers<Wire>();
    began = promise;
    server = new Server();
    const same = (bytes: Buffer) => bytes;
    server.register(paths.cancel, (call: Wire) => resolve(call), same, same, "serverStream");
    const port = await new Promise<number>((bound, failed) => {
      const { createInsecure } = ServerCredentials;
      server.bindAsync("127.0.0.1:0", createInsecure(), (err, found) => (err ? failed(err) : bound(found)));
    });
    client = createRpcClient(definition, { address: `127.0.0.1:${port}` });
  });
  afterEach(() => {
    client.close();
    server.forceShutdown();
  });

  it("takes the answer when it is here, where the status is promised", async () => {
    const answered = client.cancelShipment(request, options);
    const wire = await began;
    wire.sendMetadata(promiseOk(new Metadata()));
    wire.write(answer);
    await expect(answered).resolves.toEqual(cancelled);
  });

  it("hears nothing of what comes after it, and its signal ends nothing then", async () => {
    const controller = new AbortController();
    const answered = client.cancelShipment(request, { ...options, signal: controller.signal });
    const wire = await began;
    const ended = new Promise((resolve) => wire.once("cancelled", resolve));
    wire.sendMetadata(promiseOk(new Metadata()));
    wire.write(answer);
    await answered;
    controller.abort();
    expect(wire.cancelled).toBe(false);
    wire.emit("error", { code: status.INTERNAL, details: "after all" });
    await ended;
    await expect(answered).resolves.toEqual(cancelled);
  });

  it.each([
    ["nothing is promised", new Metadata()],
    ["another status is promised", metadataOf("INTERNAL")],
  ])("waits for the status where %s, and believes it", async (_, metadata) => {
    const onAnswer = jest.fn();
    const answered = client.cancelShipment(request, options).finally(onAnswer);
    const wire = await began;
    wire.sendMetadata(metadata);
    wire.write(answer, () => {
      expect(onAnswer).not.toHaveBeenCalled();
      wire.emit("error", { code: status.ABORTED, details: "not after all" });
    });
    await expect(answered).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("has no answer where the promise is all that came", async () => {
    const answered = client.cancelShipment(request, options);
    const wire = await began;
    wire.sendMetadata(promiseOk(new Metadata()));
    wire.end();
    await expect(answered).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

function metadataOf(value: string): Metadata {
  const metadata = new Metadata();
  metadata.set("x-promised-status", value);
  return metadata;
}

test("a server promises it with an answer, and with no refusal", async () => {
  const harness = await serve(async ({ orderId }, call) => {
    if (orderId !== "plain") call.sendMetadata("mine", "too");
    if (orderId === "refused") throw new AppError("ABORTED", "No.");
    return cancelled;
  });
  const wire = new Client(`127.0.0.1:${harness.server.port}`, credentials.createInsecure());
  async function promised(orderId: string): Promise<Record<string, unknown>> {
    let found: Metadata | undefined;
    const { requestSerialize, responseDeserialize } = definition.cancelShipment;
    const err = await new Promise<ServiceError | null>((resolve) => {
      wire
        .makeUnaryRequest(paths.cancel, requestSerialize, responseDeserialize, { orderId }, resolve)
        .on("metadata", (received: Metadata) => {
          found = received;
        });
    });
    const read = found ?? err?.metadata ?? new Metadata();
    return { code: err?.code, isPromised: promisesOk(read), mine: read.get("mine") };
  }
  expect(await promised("plain")).toEqual({ code: undefined, isPromised: true, mine: [] });
  expect(await promised("with")).toEqual({ code: undefined, isPromised: true, mine: ["too"] });
  expect(await promised("plain")).toEqual({ code: undefined, isPromised: true, mine: [] });
  expect(await promised("refused")).toEqual({ code: status.ABORTED, isPromised: false, mine: ["too"] });
  wire.close();
  await harness.close();
});
