import { createRpcClient, type RpcClient } from "@shop/platform/grpc-client";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { orderId, refusedSale, sale, sampleBoundary } from "../test/_sample-boundary.ts";
import type { RpcInteraction } from "./interaction.ts";
import { type StubServer, startStubServer } from "./stub-server.ts";

const options = { timeoutMs: 5000, authorization: "Bearer another-token" };

let server: StubServer;
let client: RpcClient<typeof InventoryServiceService>;

async function serve(interaction: RpcInteraction, isBatching = false): Promise<void> {
  server = await startStubServer(sampleBoundary(interaction), interaction);
  client = createRpcClient(InventoryServiceService, { address: server.address, isBatching });
}

afterEach(() => {
  client.close();
  server.close();
});

it("answers the one call with the example, in binary", async () => {
  await serve(sale);
  const { reservation } = await client.commitInventory({ orderId }, options);
  expect(reservation).toMatchObject({ orderId, status: 2, expiresAt: new Date("2030-01-01T00:00:00.500Z") });
  expect(reservation?.lines).toMatchObject([{ name: "Keyboard", quantity: 2, unitPrice: { units: 89n } }]);
  expect(server.faults()).toEqual([]);
});

it("answers with an error as a server of ours does, details and all", async () => {
  await serve(refusedSale);
  await expect(client.commitInventory({ orderId }, options)).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    reason: "UNDONE",
  });
  expect(server.faults()).toEqual([]);
});

it("sees a single call of a client that sends its calls in batches", async () => {
  await serve(sale, true);
  await client.commitInventory({ orderId }, options);
  expect(server.faults()).toEqual([]);
});

it("has something to say where it was never called", async () => {
  await serve(sale);
  expect(server.faults()).toEqual(["the provider was called 0 times, expected once"]);
});

it("has something to say where it was called twice", async () => {
  await serve(sale);
  await client.commitInventory({ orderId }, options);
  await client.commitInventory({ orderId }, options);
  expect(server.faults()).toEqual(["the provider was called 2 times, expected once"]);
});

const wrong: [string, () => Promise<unknown>, string][] = [
  ["another method", () => client.releaseInventory({ orderId }, options), "ReleaseInventory was called, expected"],
  ["another request", () => client.commitInventory({ orderId: "x" }, options), 'the request.orderId is "x", expected'],
  [
    "no token",
    () => client.commitInventory({ orderId }, { timeoutMs: 5000 }),
    "the metadata authorization is undefined",
  ],
];
it.each(wrong)("turns a call with %s away, and says what was wrong", async (_, call, sentence) => {
  await serve(sale);
  await expect(call()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
  expect(server.faults()).toEqual([expect.stringContaining(sentence)]);
});
