import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Metadata } from "@grpc/grpc-js";
import { check, orderId, refusedSale, sale, sampleBoundary } from "../test/_sample-boundary.ts";
import type { RawCall } from "./grpc-door.ts";
import type { RpcInteraction } from "./interaction.ts";
import { exampleOf, type Json } from "./match.ts";
import { toErrorJson, toStatus } from "./rpc-error.ts";
import { loadService, type MethodCodec, methodOf } from "./service-codec.ts";
import { createPassage } from "./verify-by-plugin.ts";

let folder: string;
let methods: ReadonlyMap<string, MethodCodec>;
let sent: { request: Buffer; token: unknown }[];
let answer: () => Promise<Buffer>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "passage-"));
  methods = await loadService(sampleBoundary());
  sent = [];
  answer = async () => Buffer.alloc(0);
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(...interactions: readonly RpcInteraction[]) {
  const file = join(folder, "pact.json");
  writeFileSync(file, JSON.stringify({ interactions: interactions.map(({ description }) => ({ description })) }));
  const states = { "an order holds its lines": async () => undefined, "nobody is in the way": async () => undefined };
  return createPassage(
    file,
    [sampleBoundary(...interactions)],
    { token: ({ description }) => `for ${description}`, states },
    {
      call(_, request, metadata) {
        sent.push({ request, token: metadata.get("authorization")[0] });
        return answer();
      },
    },
  );
}

function callOf(method: string, request: Json): RawCall {
  const codec = methodOf(methods, method);
  return { method, codec, request: codec.request.toBytes(request), metadata: new Metadata() };
}

it("hands a call on byte for byte, with the token of its interaction, and its answer back", async () => {
  const passage = open(check, sale);
  const codec = methodOf(methods, sale.method).response;
  const bytes = codec.toBytes("message" in sale.response ? exampleOf(sale.response.message) : null);
  answer = async () => bytes;
  const call = callOf(sale.method, { orderId });
  expect(await passage.pass(call)).toEqual({ bytes });
  expect(sent).toEqual([{ request: call.request, token: `Bearer for ${sale.description}` }]);
  expect(passage.played).toEqual([sale.description]);
});

it("tells interactions with the same request apart by their order in the pact", async () => {
  const passage = open(sale, refusedSale);
  const call = callOf(sale.method, { orderId });
  await passage.pass(call);
  await passage.pass(call);
  expect(passage.played).toEqual([sale.description, refusedSale.description]);
  await expect(passage.pass(call)).rejects.toThrow("no interaction is left that asks");
});

it("leaves of an error what is declared, where that is so, and else the error as it is", async () => {
  const passage = open(refusedSale, { ...refusedSale, description: "another" });
  const call = callOf(sale.method, { orderId });
  const declared = { code: "FAILED_PRECONDITION", reason: "UNDONE" };
  answer = () => Promise.reject(toStatus({ ...declared, fields: ["more"] }));
  expect(await passage.pass(call)).toEqual({ error: toStatus(declared) });
  answer = () => Promise.reject(toStatus({ code: "FAILED_PRECONDITION", reason: "EXPIRED" }));
  const { error } = (await passage.pass(call)) as { error: ReturnType<typeof toStatus> };
  expect(toErrorJson(error)).toMatchObject({ reason: "EXPIRED" });
  expect(Object.fromEntries(passage.troubles)).toEqual({
    another: ['the error\'s reason is "EXPIRED", expected "UNDONE"'],
  });
});

it("finds an error in the place of a message, and a message in the place of an error", async () => {
  const passage = open(refusedSale, check);
  await passage.pass(callOf(refusedSale.method, { orderId }));
  answer = () => Promise.reject(toStatus({ code: "FAILED_PRECONDITION", reason: "UNDONE" }));
  await passage.pass(callOf(check.method, exampleOf(check.request)));
  expect(Object.fromEntries(passage.troubles)).toEqual({
    [refusedSale.description]: ["the answer is a message, expected FAILED_PRECONDITION"],
    [check.description]: [expect.stringContaining("UNDONE")],
  });
});

it("finds something in an answer that has to be empty, for which the plugin has no eye", async () => {
  const passage = open(check);
  const { response } = methodOf(methods, check.method);
  answer = async () => response.toBytes({ refusal: { code: "OUT_OF_STOCK" } });
  await passage.pass(callOf(check.method, exampleOf(check.request)));
  expect(passage.troubles.get(check.description)).toEqual(["the answer has refusal, expected nothing"]);
});

it("says of a state that cannot be entered which it was", async () => {
  const passage = open({ ...sale, given: [{ name: "pigs fly" }] });
  await expect(passage.pass(callOf(sale.method, { orderId }))).rejects.toThrow("pigs fly");
  expect(passage.troubles.get(sale.description)).toEqual([expect.stringContaining("pigs fly")]);
});
