import { AppError, validationFailed } from "@shop/platform/errors";
import { tamper } from "@shop/testkit/identity";
import { type Answer, startGateway, type TestGateway } from "../_gateway.ts";
import { orderId, productId } from "../_neighbours.ts";

const line = { productId, quantity: 1 };
const address = { street: "1 Main Street", city: "Springfield", zipCode: "62701", country: "US" };

/** A request that is refused: its name, its body, and the fields that are named, each with a part of its message. */
const refused: [name: string, body: unknown, errors: Record<string, string>][] = [
  ["no items", {}, { items: "is required" }],
  ["empty items", { items: [] }, { items: "at least 1" }],
  ["items that are no list", { items: { productId } }, { items: "must be a list" }],
  ["101 lines", { items: Array(101).fill(line) }, { items: "at most 100" }],
  ["a line that is no object", { items: [7] }, { "items[0]": "must be an object" }],
  ["quantity 0", { items: [{ ...line, quantity: 0 }] }, { "items[0].quantity": "from 1 to 10,000" }],
  ["quantity 10,001", { items: [line, { ...line, quantity: 10_001 }] }, { "items[1].quantity": "from 1 to 10,000" }],
  ["quantity 1.5", { items: [{ ...line, quantity: 1.5 }] }, { "items[0].quantity": "must be an integer" }],
  ["a quantity in quotes", { items: [{ ...line, quantity: "1" }] }, { "items[0].quantity": "must be an integer" }],
  ["a quantity beyond the wire's", { items: [{ ...line, quantity: 1e300 }] }, { "items[0].quantity": "integer" }],
  ["a bad product id", { items: [{ ...line, productId: "lamp" }] }, { "items[0].productId": "must be a UUID" }],
  ["a bad order id", { items: [line], orderId: "7" }, { orderId: "must be a UUID" }],
  ["a bad user id", { items: [line], userId: "" }, { userId: "must be a UUID" }],
  ["an order id that is null", { items: [line], orderId: null }, { orderId: "must be a UUID" }],
  ["an unknown field", { items: [line], coupon: "X" }, { coupon: "is not a known field" }],
  ["an unknown field of a line", { items: [{ ...line, colour: "red" }] }, { "items[0].colour": "not a known field" }],
  ["a field in snake case", { items: [line], payment_method: "pm_ok" }, { payment_method: "not a known field" }],
  [
    "half an address",
    { items: [line], shippingAddress: { street: "1 Main Street", country: "US" } },
    { "shippingAddress.city": "is required", "shippingAddress.zipCode": "is required" },
  ],
  [
    "a blank street",
    { items: [line], shippingAddress: { ...address, street: " " } },
    { "shippingAddress.street": "is required" },
  ],
  [
    "a street of 201 characters",
    { items: [line], shippingAddress: { ...address, street: "x".repeat(201) } },
    { "shippingAddress.street": "at most 200" },
  ],
  [
    "a country that is no code",
    { items: [line], shippingAddress: { ...address, country: "usa" } },
    { "shippingAddress.country": "alpha-2" },
  ],
  [
    "U+0000",
    { items: [line], shippingAddress: { ...address, city: "Spring\u0000field" } },
    { "shippingAddress.city": "U+0000" },
  ],
  [
    "U+FFFD, which stands for what was no UTF-8",
    { items: [line], shippingAddress: { ...address, city: "Spring\ufffdfield" } },
    { "shippingAddress.city": "U+FFFD" },
  ],
  [
    "a street of 201 characters beyond the 65,536 first",
    { items: [line], shippingAddress: { ...address, street: "\u{1f3e0}".repeat(201) } },
    { "shippingAddress.street": "at most 200" },
  ],
  ["half a surrogate pair", { items: [line], paymentMethod: "pm_\ud800" }, { paymentMethod: "well-formed" }],
  ["a product name of 201", { items: [{ ...line, productName: "x".repeat(201) }] }, { "items[0].productName": "200" }],
  ["three decimals", { items: [{ ...line, price: 1.999 }] }, { "items[0].price": "two decimals" }],
  ["a negative price", { items: [{ ...line, price: "-1.00" }] }, { "items[0].price": "two decimals" }],
  ["a price that is none", { items: [{ ...line, price: true }] }, { "items[0].price": "must be a number" }],
  [
    "a price in another currency",
    { items: [{ ...line, price: { amount: "1.00", currency: "EUR" } }] },
    { "items[0].price.currency": '"USD"' },
  ],
  [
    "an unknown field of a price",
    { items: [{ ...line, price: { amount: "1.00", currency: "USD", tax: 1 } }] },
    { "items[0].price.tax": "not a known field" },
  ],
  [
    "several faults at once",
    { items: [{ ...line, quantity: 0, colour: "red" }], shippingAddress: {}, coupon: 1 },
    {
      "items[0].quantity": "from 1",
      "items[0].colour": "not a known field",
      "shippingAddress.street": "is required",
      "shippingAddress.city": "is required",
      "shippingAddress.zipCode": "is required",
      "shippingAddress.country": "is required",
      coupon: "not a known field",
    },
  ],
];

describe("bad input to POST /api/orders", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    gateway.neighbours.created.length = 0;
  });

  function expectProblem(answer: Answer, status: number, code: string): void {
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body).toMatchObject({ type: expect.any(String), title: expect.any(String), status, code });
    expect(answer.body.detail).not.toBe("");
    expect(answer.status).toBe(status);
  }

  it.each(refused)("refuses %s and names it", async (_name, body, errors) => {
    const answer = await gateway.post("/api/orders", body);

    expectProblem(answer, 400, "VALIDATION_FAILED");
    const named = Object.fromEntries(answer.body.errors.map((err: { field: string }) => [err.field, err]));
    expect(Object.keys(named).sort()).toEqual(Object.keys(errors).sort());
    for (const [field, part] of Object.entries(errors)) expect(named[field].message).toContain(part);
    expect(gateway.neighbours.created).toEqual([]);
  });

  it("takes 200 characters, of whatever kind", async () => {
    const street = "\u{1f3e0}".repeat(200);

    const answer = await gateway.post("/api/orders", { items: [line], shippingAddress: { ...address, street } });

    expect(answer.status).toBe(201);
    expect(gateway.neighbours.created[0]?.request.shippingAddress?.street).toBe(street);
  });

  it("refuses a query parameter, of which it takes none, by its name", async () => {
    const answer = await gateway.post("/api/orders?dryRun=true", { items: [line] });

    expectProblem(answer, 400, "VALIDATION_FAILED");
    expect(answer.body.errors).toEqual([{ field: "dryRun", message: "is not a known field" }]);
    expect(gateway.neighbours.created).toEqual([]);
  });

  it.each([
    ["a key with a blank", "two words"],
    ["a key of 256 characters", "k".repeat(256)],
    ["a key beyond ASCII", "schl\u00fcssel"],
  ])("refuses %s together with the faults of the body", async (_name, key) => {
    const answer = await gateway.post("/api/orders", { items: [] }, { "idempotency-key": key });

    expectProblem(answer, 400, "VALIDATION_FAILED");
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(["Idempotency-Key", "items"]);
  });

  it.each([
    ["invalid JSON", '{"items": [}'],
    ["half a JSON", '{"items": ['],
    ["an empty body", ""],
    ["a blank body", "  "],
    ["a list", "[]"],
    ["null", "null"],
    ["a raw U+0000", '{"paymentMethod": "\u0000"}'],
    ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["a field that is a prototype", '{"__proto__": {"items": []}}'],
    ["an escaped prototype", '{"\\u005f_proto__": {}}'],
  ])("refuses %s as MALFORMED_BODY", async (_name, body) => {
    expectProblem(await gateway.post("/api/orders", body), 400, "MALFORMED_BODY");
  });

  it("does not tell the body's text in the answer to invalid JSON", async () => {
    const answer = await gateway.post("/api/orders", '{"secret": hunter2}');

    expect(JSON.stringify(answer.body)).not.toContain("hunter2");
    expect(answer.body.detail).toMatch(/^The body is not valid JSON/);
  });

  it.each(["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json5"])(
    "refuses the content type %s",
    async (type) => {
      const answer = await gateway.post("/api/orders", JSON.stringify({ items: [line] }), { "content-type": type });

      expectProblem(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
    },
  );

  it("refuses a body above 256 kB", async () => {
    const answer = await gateway.post("/api/orders", { items: [line], paymentMethod: "x".repeat(300_000) });

    expectProblem(answer, 413, "PAYLOAD_TOO_LARGE");
  });

  it("reports at most 100 faults, and short ones", async () => {
    const unknown = Array.from({ length: 200 }, (_, index) => [`${index}${"x".repeat(1_000)}`, 1]);
    const answer = await gateway.post("/api/orders", { items: [line], ...Object.fromEntries(unknown) });

    expectProblem(answer, 400, "VALIDATION_FAILED");
    expect(answer.body.errors).toHaveLength(100);
    expect(JSON.stringify(answer.body).length).toBeLessThan(30_000);
  });

  it("names the fields that the order service finds wrong as the JSON has them", async () => {
    gateway.neighbours.onCreateOrder = () => {
      throw validationFailed([
        { field: "shipping_address.zip_code", message: "is not known" },
        { field: "items[0].product_id", message: "is not known" },
        { field: "items[1].expected_unit_price", message: "must be that of the product's other line" },
        { field: "payment_method", message: "must be one of: pm_ok" },
        { field: "idempotency_key", message: "is too long" },
      ]);
    };

    const answer = await gateway.post("/api/orders", { items: [line] });

    expectProblem(answer, 400, "VALIDATION_FAILED");
    expect(answer.body.detail).toContain("shippingAddress.zipCode");
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual([
      "shippingAddress.zipCode",
      "items[0].productId",
      "items[1].price",
      "paymentMethod",
      "Idempotency-Key",
    ]);
  });
});

describe("tokens", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const bad: [string, (gateway: TestGateway) => string | undefined, string][] = [
    ["a missing token", () => undefined, 'Bearer realm="shop"'],
    ["another scheme", () => "Basic YWxpY2U6eA==", 'error="invalid_token"'],
    ["an empty token", () => "Bearer ", 'error="invalid_token"'],
    ["garbage", () => "Bearer x.y.z", 'error="invalid_token"'],
    ["an expired token", ({ tokens }) => `Bearer ${tokens.expiredToken()}`, 'error="invalid_token"'],
    [
      "a tampered token",
      ({ tokens }) => `Bearer ${tamper(tokens.userToken(), { role: "Admin" })}`,
      'error="invalid_token"',
    ],
    ["another issuer's token", ({ tokens }) => `Bearer ${tokens.userToken({ iss: "evil" })}`, 'error="invalid_token"'],
    ["a service's token", ({ tokens }) => `Bearer ${tokens.serviceToken({ scopes: ["inventory"] })}`, "Bearer"],
  ];

  it.each(bad)("refuses %s on every route for users, before any call", async (_name, authorization, challenge) => {
    const header = authorization(gateway);
    const headers: Record<string, string> = header === undefined ? {} : { authorization: header };
    const answers = await Promise.all([
      gateway.post("/api/orders", "not even JSON", { authorization: header }),
      gateway.get(`/api/orders/${orderId}`, { headers }),
      gateway.get(`/api/orders/${orderId}/saga`, { headers }),
      gateway.get("/api/orders/user/nobody", { headers }),
      gateway.get("/api/sagas?what=ever", { headers }),
      gateway.post(`/api/sagas/${orderId}/retry`, "not even JSON", { authorization: header }),
      gateway.post(`/api/sagas/${orderId}/compensate`, "not even JSON", { authorization: header }),
      gateway.post(`/api/sagas/${orderId}/resolve`, "not even JSON", { authorization: header }),
      gateway.get("/api/dead-letters?what=ever", { headers }),
      gateway.get("/api/dead-letters/7", { headers }),
    ]);

    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
      expect(answer.headers.get("www-authenticate")).toContain(challenge);
    }
    expect(gateway.neighbours.created).toEqual([]);
  });

  it("takes the scheme in any case", async () => {
    const authorization = `bearer ${gateway.tokens.userToken()}`;

    await expect(gateway.get(`/api/orders/${orderId}`, { headers: { authorization } })).resolves.toMatchObject({
      status: 200,
    });
  });

  it("passes a refusal of the order service on with its challenge", async () => {
    gateway.neighbours.onGetOrder = () => {
      throw new AppError("UNAUTHENTICATED", "The token has been revoked.");
    };
    const headers = { authorization: `Bearer ${gateway.tokens.userToken()}` };
    const answer = await gateway.get(`/api/orders/${orderId}`, { headers });

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
  });
});
