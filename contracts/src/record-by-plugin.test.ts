import { createRpcClient } from "@shop/platform/grpc-client";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { check, orderId, refusedSale, sale, sampleBoundary } from "../test/_sample-boundary.ts";
import { type GrpcDoor, openGrpcDoor, type RawAnswer } from "./grpc-door.ts";
import type { RpcInteraction } from "./interaction.ts";
import { callThrough } from "./record-by-plugin.ts";
import { toStatus } from "./rpc-error.ts";
import { loadService } from "./service-codec.ts";

let mock: GrpcDoor;
let answer: RawAnswer;

beforeEach(async () => {
  answer = { bytes: Buffer.alloc(0) };
  mock = await openGrpcDoor(await loadService(sampleBoundary()), () => answer);
});
afterEach(() => mock.close());

function play(interaction: RpcInteraction, { request = { orderId }, times = 1 } = {}): Promise<void> {
  return callThrough(sampleBoundary(interaction), interaction, mock.address, async (address) => {
    const client = createRpcClient(InventoryServiceService, { address });
    try {
      for (let call = 0; call < times; call++) {
        await client.commitInventory(request, { timeoutMs: 5000, authorization: "Bearer x" });
      }
    } finally {
      client.close();
    }
  });
}

it("hands the one call on, and its answer back", async () => {
  await play(sale);
});

it.each([0, 2])("fails where %d calls were made", async (times) => {
  await expect(play(sale, { times })).rejects.toThrow(`called ${times} times, expected once`);
});

it("fails where the mock would take anything", async () => {
  const nothing = { ...sale, request: {} };
  await expect(play(nothing)).rejects.toThrow("the request.orderId is");
});

it("fails where another method is called than is declared", async () => {
  await expect(play(check)).rejects.toThrow("CommitInventory was called, expected CheckAvailability");
});

it("gives an error that is declared the details that a mock may not have", async () => {
  const { code, details } = toStatus({ code: "FAILED_PRECONDITION" });
  answer = { error: { code, details } };
  await expect(play(refusedSale)).rejects.toMatchObject({ code: "FAILED_PRECONDITION", reason: "UNDONE" });
  answer = { error: { code, details: "it does not match" } };
  await expect(play(refusedSale)).rejects.not.toHaveProperty("reason", "UNDONE");
});
