import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { type Answer, type BatchedCall, BatchServiceService } from "@shop/protos/gen/shop/batch/v1/batch";
import { key } from "../test/_grpc.ts";
import { type Echo, type EchoHarness, echoes, serveEchoes } from "../test/_grpc-batch.ts";
import { AppError } from "./errors.ts";

const { path, requestSerialize, responseDeserialize } = BatchServiceService.call;
let harness: EchoHarness;
let handle: Echo["handle"];
let client: Client;

beforeEach(async () => {
  handle = async (req) => req;
  harness = await serveEchoes((req, call) => handle(req, call));
  client = new Client(`127.0.0.1:${harness.server.port}`, credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  await harness.close();
});

/** Sends the bytes of a batch; answers with the messages of its answers. */
async function send(request: Buffer, timeoutMs = 5000): Promise<Answer[][]> {
  const same = (bytes: Buffer) => bytes;
  const options = { deadline: Date.now() + timeoutMs };
  const stream = client.makeServerStreamRequest(path, same, responseDeserialize, request, new Metadata(), options);
  const messages: Answer[][] = [];
  for await (const { answers } of stream) messages.push(answers);
  return messages;
}

function batch(...calls: Partial<BatchedCall>[]): Buffer {
  const call = { method: echoes.echo.path, request: text("x"), timeoutMs: 5000, metadata: {} };
  return requestSerialize({ calls: calls.map((own) => ({ ...call, ...own })) });
}

function text(orderId: string): Buffer {
  return echoes.echo.requestSerialize({ orderId });
}

function refusal(sent: Promise<unknown>): Promise<ServiceError> {
  return sent.then(
    () => {
      throw new Error("It was not refused.");
    },
    (err: ServiceError) => err,
  );
}

describe("a batch", () => {
  it("is answered with one message where all answers are there at once, each with its index", async () => {
    const [answers, ...more] = await send(batch({ request: text("a") }, { request: text("b") }));
    expect(more).toEqual([]);
    expect(answers?.map(({ index }) => index)).toEqual([0, 1]);
    expect(answers?.map(({ outcome }) => outcome)).toEqual([
      { $case: "response", value: text("a") },
      { $case: "response", value: text("b") },
    ]);
  });

  it("of large answers is answered with several messages", async () => {
    const large = text("x".repeat(300_000));
    handle = async () => ({ orderId: "x".repeat(300_000) });
    const messages = await send(batch(...Array.from({ length: 8 }, () => ({}))));
    expect(messages.map((answers) => answers.length)).toEqual([3, 3, 2]);
    expect(messages.flat().every(({ outcome }) => outcome?.value.toString() === large.toString())).toBe(true);
  });

  it("of many long errors is answered with several messages", async () => {
    const violations = [{ field: "x".repeat(4000), message: "must be shorter" }];
    handle = () => Promise.reject(new AppError("VALIDATION_FAILED", "x".repeat(2000), { violations }));
    const messages = await send(batch(...Array.from({ length: 1000 }, () => ({ request: text("") }))));
    expect(messages.length).toBeGreaterThan(4);
    expect(messages.flat()).toHaveLength(1000);
  });

  it("without calls ends at once", async () => {
    await expect(send(batch())).resolves.toEqual([]);
  });

  it("that is malformed, or has too many calls, is refused as a whole", async () => {
    expect(await refusal(send(Buffer.from([0x0a, 0xff])))).toMatchObject({ code: status.INVALID_ARGUMENT });
    const many = batch(...Array.from({ length: 1001 }, () => ({})));
    expect(await refusal(send(many))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(await harness.count("Echo")).toBe(0);
  });

  it.each([
    ["an unknown method", { method: "/test.v1.Echoes/Nothing" }, status.UNIMPLEMENTED],
    ["a method that streams", { method: echoes.watch.path }, status.UNIMPLEMENTED],
    ["a batch in the batch", { method: path }, status.UNIMPLEMENTED],
    ["bytes that are no request", { request: Buffer.from([0x0a, 0xff]) }, status.INVALID_ARGUMENT],
    [
      "a token among its own metadata",
      { method: echoes.echoForService.path, metadata: { authorization: `Bearer ${key.serviceToken("shipping")}` } },
      status.UNAUTHENTICATED,
    ],
  ])("with %s answers that call with an error, and the others as ever", async (_, call, code) => {
    const answers = (await send(batch(call, {}))).flat().sort((one, other) => one.index - other.index);
    expect(answers).toMatchObject([
      { outcome: { $case: "error", value: { code } } },
      { outcome: { $case: "response" } },
    ]);
  });

  it("gives a call no more time than it has itself", async () => {
    const remaining: number[] = [];
    handle = async (req, call) => {
      remaining.push(call.remainingMs());
      return req;
    };
    await send(batch({ timeoutMs: 0 }, { timeoutMs: 60_000 }), 4000);
    for (const remainingMs of remaining) {
      expect(remainingMs).toBeLessThanOrEqual(4000);
      expect(remainingMs).toBeGreaterThan(1000);
    }
  });
});

test("a server that is not told to takes no batches", async () => {
  const plain = await serveEchoes(async (req) => req, { hasBatching: false });
  const other = new Client(`127.0.0.1:${plain.server.port}`, credentials.createInsecure());
  const err = await new Promise<ServiceError>((resolve) => {
    other
      .makeServerStreamRequest(path, (bytes: Buffer) => bytes, responseDeserialize, batch({}))
      .on("error", resolve)
      .resume();
  });
  expect(err.code).toBe(status.UNIMPLEMENTED);
  other.close();
  await plain.close();
});
