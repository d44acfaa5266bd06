import { eventually } from "@shop/testkit/eventually";
import { type Answer, HOME, openShop, type Product, type Shop } from "./_shop.ts";

jest.setTimeout(90_000);

/** Soon parked, and patient from then on: what happens to a parked order here, an operator has asked for. */
const SOON_PARKED = { SAGA_RETRY_ATTEMPTS: "0", SAGA_RETRY_DELAY_MS: "50", SAGA_GIVE_UP_SECONDS: "600" };

let shop: Shop;
let lamp: Product;
let oscar: string;

beforeAll(async () => {
  shop = await openShop(SOON_PARKED);
  lamp = await shop.affordable();
  oscar = await shop.token("oscar");
}, 120_000);

afterAll(() => shop.close(), 60_000);

/** Places an order whose payment is never answered, and waits until its saga is parked. */
async function parkedSaga(): Promise<{ orderId: string; sagaId: string }> {
  const items = [{ productId: lamp.id, quantity: 1 }];
  const placed = await shop.order({ items, shippingAddress: HOME, paymentMethod: "pm_timeout" });
  expect(placed.status).toBe(202);
  const saga = await eventually(
    async () => {
      const { body } = await shop.get(`/api/orders/${placed.body.id}/saga`, oscar);
      expect(body.status).toBe("Parked");
      return body;
    },
    { timeoutMs: 20_000 },
  );
  return { orderId: placed.body.id, sagaId: saga.id };
}

function ask(sagaId: string, what: string, body: object): Promise<Answer> {
  return shop.post(`/api/sagas/${sagaId}/${what}`, body, { token: oscar });
}

test("an operator finds a parked saga and its dead letter, and turns it round: the order fails for that reason, its money given back", async () => {
  const { orderId, sagaId } = await parkedSaga();

  const listed = await shop.get(
    "/api/sagas?status=Parked,Compensating&step=ProcessPayment&minAge=0&pageSize=50",
    oscar,
  );
  expect(listed.status).toBe(200);
  expect(listed.body.sagas.map(({ id }: { id: string }) => id)).toContain(sagaId);
  const letters = await shop.get(`/api/dead-letters?status=Open&sagaId=${sagaId}`, oscar);
  expect(letters.body.deadLetters).toMatchObject([{ sagaId, orderId, step: "ProcessPayment", status: "Open" }]);
  const letter = await shop.get(`/api/dead-letters/${letters.body.deadLetters[0].id}`, oscar);
  expect(letter.body).toEqual(letters.body.deadLetters[0]);

  const asked = await ask(sagaId, "compensate", { reason: "The customer called." });
  expect(asked.status).toBe(202);
  expect(asked.body.id).toBe(sagaId);
  const order = await eventually(
    async () => {
      const { body } = await shop.get(`/api/orders/${orderId}/saga`, oscar);
      expect(body.status).toBe("Compensated");
      return shop.get(`/api/orders/${orderId}`, oscar);
    },
    { timeoutMs: 30_000 },
  );

  expect(order.body).toMatchObject({ status: "Failed", failure: { code: "CANCELLED_BY_OPERATOR" } });
  const [payment] = await shop.query<{ status: string }>(
    "payments",
    "SELECT document->>'status' AS status FROM payments WHERE order_id = $1",
    [orderId],
  );
  expect(payment?.status).toMatch(/^(CANCELLED|REFUNDED)$/);
  await expect(ask(sagaId, "compensate", { reason: "Again." })).resolves.toMatchObject({
    status: 409,
    body: { code: "FAILED_PRECONDITION", reason: "SAGA_ENDED" },
  });
});

test("an operator's retry is carried out, and stands in the history with who and why", async () => {
  const { orderId, sagaId } = await parkedSaga();

  const asked = await ask(sagaId, "retry", { reason: "The provider says it is back." });

  expect(asked.status).toBe(202);
  const { body } = await shop.get(`/api/orders/${orderId}/saga`, oscar);
  expect(JSON.stringify(body.history)).toContain("The provider says it is back.");
  await expect(ask(sagaId, "resolve", { undo: "RefundPayment", reason: "By hand." })).resolves.toMatchObject({
    status: 409,
    body: { code: "FAILED_PRECONDITION" },
  });
  await ask(sagaId, "compensate", { reason: "Enough." });
});

test("a customer's orders are listed newest first, page by page, and nobody else's", async () => {
  const alice = await shop.token("alice");
  for (let placed = 0; placed < 3; placed++) {
    await shop.order({ items: [{ productId: lamp.id, quantity: 1 }], shippingAddress: HOME });
  }
  const aliceId = "01900000-0000-7000-8000-00000000a11c";
  const all = await shop.get(`/api/orders/user/${aliceId}?pageSize=100`, alice);
  const paged: string[] = [];
  let token = "";
  do {
    const page = await shop.get(`/api/orders/user/${aliceId}?pageSize=2&pageToken=${encodeURIComponent(token)}`, alice);
    expect(page.status).toBe(200);
    paged.push(...page.body.orders.map(({ id }: { id: string }) => id));
    token = page.body.nextPageToken;
  } while (token !== "");

  expect(paged).toEqual(all.body.orders.map(({ id }: { id: string }) => id));
  expect(paged.length).toBeGreaterThanOrEqual(3);
  const times = all.body.orders.map(({ createdAt }: { createdAt: string }) => createdAt);
  expect(times).toEqual([...times].sort().reverse());
  await expect(shop.get(`/api/orders/user/${aliceId}`, await shop.token("bob"))).resolves.toMatchObject({
    status: 404,
  });
  await expect(shop.get("/api/sagas", alice)).resolves.toMatchObject({ status: 403 });
});
