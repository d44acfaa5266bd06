import { randomUUID } from "node:crypto";
import { demoProduct, line, orderId, type RunningService, runBeside, runService } from "../_running-service.ts";

const sold = 24;
let instances: readonly [RunningService, RunningService];

beforeAll(async () => {
  const first = await runService();
  instances = [first, await runBeside(first)];
});
afterAll(async () => {
  await instances[1].close();
  await instances[0].close();
});

async function putOnShelf(product: number, onHand: number): Promise<void> {
  const { database } = instances[0].context;
  await database.query("UPDATE products SET on_hand = $2, reserved = 0 WHERE id = $1", [demoProduct(product), onHand]);
}

async function stockOf(product: number): Promise<{ on_hand: number; reserved: number }> {
  const { rows } = await instances[0].context.database.query<{ on_hand: number; reserved: number }>(
    "SELECT on_hand, reserved FROM products WHERE id = $1",
    [demoProduct(product)],
  );
  return rows[0] ?? { on_hand: Number.NaN, reserved: Number.NaN };
}

/** What a buyer gets who asks this instance for one unit. */
async function buy(id: string, { client, as }: RunningService): Promise<string> {
  const request = { orderId: id, lines: [line(sold, 1)] };
  const { outcome } = await client.reserveInventory(request, { ...as(), timeoutMs: 15_000 });
  return outcome?.$case === "refusal" ? outcome.value.code : "held";
}

async function finish(id: string, { client, as }: RunningService): Promise<string> {
  await client.commitInventory({ orderId: id }, { ...as(), timeoutMs: 15_000 });
  return "sold";
}

function count(answers: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(answers)].map((name) => [name, answers.filter((one) => one === name).length]));
}

test("of 500 buyers at once, at the doors of two instances, exactly 100 get the 100 units and 400 are refused", async () => {
  await putOnShelf(sold, 100);
  const buyers = Array.from({ length: 500 }, orderId);
  const door = (index: number): RunningService => (index % 2 === 0 ? instances[0] : instances[1]);
  const answers = await Promise.all(buyers.map((id, index) => buy(id, door(index))));
  expect(count(answers)).toEqual({ held: 100, OUT_OF_STOCK: 400 });
  expect(await stockOf(sold)).toEqual({ on_hand: 100, reserved: 100 });

  const again = await Promise.all(buyers.map((id, index) => buy(id, door(index + 1))));
  expect(again).toEqual(answers);
  const winners = buyers.filter((_, index) => answers[index] === "held");
  const sales = winners.flatMap((id, index) => [finish(id, door(index)), finish(id, door(index + 1))]);
  expect(count(await Promise.all(sales))).toEqual({ sold: 200 });
  expect(await stockOf(sold)).toEqual({ on_hand: 0, reserved: 0 });
}, 60_000);

test("one adjustment that both instances are asked for many times changes the shelf once, and what is held stays", async () => {
  await putOnShelf(sold, 10);
  await buy(orderId(), instances[0]);
  const admin = instances[0].identity.userToken({ role: "Admin" });
  const adjust = (delta: number, adjustmentId: string = randomUUID()) =>
    Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const { client, as } = instances[index % 2 === 0 ? 0 : 1];
        const request = { adjustmentId, productId: demoProduct(sold), delta, reason: "stocktaking" };
        return client.adjustStock(request, { ...as(admin), timeoutMs: 15_000 });
      }),
    );
  const answers = await adjust(-9);
  expect(answers.map((answer) => (answer.status === "fulfilled" ? answer.value.product?.available : answer))).toEqual(
    answers.map(() => 0),
  );
  expect(await stockOf(sold)).toEqual({ on_hand: 1, reserved: 1 });
  for (const answer of await adjust(-1)) expect(answer).toMatchObject({ reason: { reason: "INSUFFICIENT_STOCK" } });
  expect(await stockOf(sold)).toEqual({ on_hand: 1, reserved: 1 });
}, 60_000);
