import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRpcClient } from "@shop/platform/grpc-client";
import { InventoryServiceService } from "@shop/protos/gen/shop/inventory/v1/inventory";
import { check, orderId, refusedSale, sale, sampleBoundary } from "../test/_sample-boundary.ts";
import type { RpcInteraction } from "./interaction.ts";
import type { Expected } from "./match.ts";
import { recordMessage } from "./record-message.ts";
import { startStubServer } from "./stub-server.ts";
import { descriptionsIn, type Verification } from "./verification.ts";
import { verifyMessages } from "./verify-messages.ts";

let folder: string;
let entered: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pacts-"));
  process.env.CONTRACTS_WRITTEN = folder;
  entered = [];
});
afterEach(() => {
  delete process.env.CONTRACTS_WRITTEN;
  rmSync(folder, { recursive: true, force: true });
});

const states = {
  "an order holds its lines": async (params: object) => entered.push(params),
  "nobody is in the way": async () => entered.push("nobody"),
};

function record(interaction: RpcInteraction, times = 1): Promise<void> {
  return recordMessage(sampleBoundary(interaction), interaction, async (address) => {
    const client = createRpcClient(InventoryServiceService, { address });
    const options = { timeoutMs: 5000, authorization: "Bearer x" };
    const lines = [{ productId: "p", quantity: 1, expectedUnitPrice: { currencyCode: "USD", units: 0n, nanos: 5 } }];
    try {
      for (let call = 0; call < times; call++) {
        if (interaction.method === "CheckAvailability") await client.checkAvailability({ orderId, lines }, options);
        else await client.commitInventory({ orderId }, options).catch(() => undefined);
      }
    } finally {
      client.close();
    }
  });
}

/** Verifies what was recorded by a provider that answers as `provided` says. */
async function verifyBy(provided: RpcInteraction, declared: RpcInteraction, known = states): Promise<Verification> {
  const server = await startStubServer(sampleBoundary(provided), provided);
  try {
    const file = join(folder, "a-consumer-a-provider.json");
    const address = () => server.address;
    return await verifyMessages(file, [sampleBoundary(declared)], { address, token: () => "t", states: known });
  } finally {
    server.close();
  }
}

it.each([sale, refusedSale, check])("verifies $description where the provider answers so", async (interaction) => {
  await record(interaction);
  const { verified, played, faults } = await verifyBy(interaction, interaction);
  expect({ verified, played }).toEqual({ verified: [interaction.description], played: [interaction.description] });
  expect([...faults.values()].flat()).toEqual([]);
});

it("brings about the states first, in their order, with what they are told", async () => {
  await record(sale);
  await verifyBy(sale, sale);
  expect(entered).toEqual([{ orderId, quantity: 2 }, "nobody"]);
});

/** The sale with one line of its own. */
function saleOf(change: { readonly [name: string]: Expected }): RpcInteraction["response"] {
  const line = { productId: "p", name: "Keyboard", quantity: 2, unitPrice: { units: "89" }, ...change };
  const reservation = { orderId, status: "RESERVATION_STATUS_COMMITTED", lines: [line] };
  return { message: { reservation: { ...reservation, expiresAt: "2030-01-01T00:00:00.500Z" } } };
}

const answers: [string, RpcInteraction, RpcInteraction["response"], string][] = [
  ["an error for a message", sale, refusedSale.response, "missing the following keys: message"],
  ["a message for an error", refusedSale, sale.response, "missing the following keys: error"],
  ["another reason", refusedSale, { error: { code: "FAILED_PRECONDITION", reason: "EXPIRED" } }, "EXPIRED"],
  [
    "something for nothing",
    check,
    { message: { refusal: { code: "OUT_OF_STOCK" } } },
    "the answer has refusal, expected nothing",
  ],
  ["another value in a list of one or more", sale, saleOf({ quantity: 3 }), "Expected 3 (Integer) to be equal to 2"],
  [
    "another value deep in such a list",
    sale,
    saleOf({ unitPrice: { units: "88" } }),
    "Expected '88' (String) to be equal to '89'",
  ],
  ["a field less", sale, { message: { reservation: { orderId } } }, "missing the following keys"],
];
it.each(answers)("finds %s", async (_, interaction, response, sentence) => {
  await record(interaction);
  const { faults } = await verifyBy({ ...interaction, response }, interaction);
  expect(faults.get(interaction.description)).toEqual([expect.stringContaining(sentence)]);
});

it("finds a state that the provider does not know", async () => {
  await record(sale);
  const { faults } = await verifyBy(sale, sale, {} as typeof states);
  expect(faults.get(sale.description)).toEqual([expect.stringContaining("an order holds its lines")]);
});

it.each([0, 2])("writes no pact of a call that was made %d times", async (times) => {
  await expect(record(sale, times)).rejects.toThrow(`called ${times} times, expected once`);
  expect(() => descriptionsIn(join(folder, "a-consumer-a-provider.json"))).toThrow("ENOENT");
});
