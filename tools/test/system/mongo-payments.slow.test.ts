import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@shop/testkit/eventually";
import { describeWithMongod, findTestMongod } from "@shop/testkit/mongo";
import { MongoClient } from "mongodb";
import { faultsOf } from "../../src/audit/book-faults.ts";
import { readBooks } from "../../src/audit/books.ts";
import { FAR, openShop, orderIdEndingIn, type Shop } from "./_shop.ts";

describeWithMongod("the system with a mongod on PATH", () => {
  let folder: string;
  let shop: Shop;
  let client: MongoClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "shop-mongod-"));
    const mongod = await findTestMongod(folder);
    shop = await openShop({}, { mongod });
    client = new MongoClient(shop.system.mongoUri ?? "");
  });

  afterAll(async () => {
    await client?.close();
    await shop?.close();
    await rm(folder, { recursive: true });
  });

  test("keeps payments and the sandbox's books there, and gives back what is undone", async () => {
    const lamp = await shop.affordable();
    const items = [{ productId: lamp.id, quantity: 1 }];
    const sold = await shop.order({ items });
    const passing = await shop.order({ orderId: orderIdEndingIn("2"), items });
    const undeliverable = await shop.order({ items, shippingAddress: FAR });
    const lost = await shop.order({ items, paymentMethod: "pm_timeout", orderId: orderIdEndingIn("5") });
    expect([sold, passing].map(({ body }) => body.status)).toEqual(["Completed", "Completed"]);
    expect(undeliverable.body).toMatchObject({ status: "Failed", failure: { code: "ADDRESS_NOT_SERVED" } });

    const payments = client.db().collection<{ _id: string; status: string }>("payments");
    const statusOf = async (orderId: string) => (await payments.findOne({ _id: orderId }))?.status;
    expect(await statusOf(sold.body.id)).toBe("COMPLETED");
    expect(await statusOf(undeliverable.body.id)).toBe("REFUNDED");
    await eventually(async () => expect(await statusOf(lost.body.id)).toBe("CANCELLED"), { timeoutMs: 90_000 });

    const entries = await client
      .db()
      .collection<{ kind: string; chargeKey: string }>("sandbox_ledger")
      .find()
      .toArray();
    const chargedAndNotGivenBack = entries
      .filter(({ kind }) => kind === "charge")
      .map(({ chargeKey }) => chargeKey)
      .filter((key) => !entries.some(({ kind, chargeKey }) => kind === "refund" && chargeKey === key));
    expect(chargedAndNotGivenBack.sort()).toEqual([sold.body.id, passing.body.id].sort());
    const { orders = "", inventory = "", payments: nothing = "", shipping = "" } = shop.system.databaseUrls;
    const books = await readBooks({ orders, inventory, payments: shop.system.mongoUri ?? "", shipping });
    expect(books.orders.map(({ charges, refunds }) => [charges, refunds]).sort()).toEqual([
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ]);
    expect(faultsOf(books)).toEqual([]);
    // Of the two tables that are not there either may be asked for first.
    await expect(readBooks({ orders, inventory, payments: nothing, shipping })).rejects.toThrow(
      /"(sandbox_ledger|payments)" does not exist/,
    );
    expect(await shop.query("payments", "SELECT FROM pg_tables WHERE tablename = 'payments'")).toEqual([]);
  });
});
