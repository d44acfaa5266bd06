import { noForcedShortage, sandboxShortage } from "./availability.ts";
import { asOrderId, asProductId } from "./ids.ts";
import type { RequestedLine } from "./lines.ts";
import type { Product } from "./product.ts";
import { type Circumstances, type Command, type Decision, decide, type Reservation } from "./reservation.ts";

const orderId = asOrderId("01900000-0000-7000-8000-000000000001");
const usd = (minorUnits: number) => ({ minorUnits, currency: "USD" });
const mug: Product = {
  id: asProductId("01900000-0000-7000-9000-000000000017"),
  sku: "HOM-006",
  name: "Ceramic Mug",
  price: usd(1250),
  onHand: 5,
  reserved: 2,
};
const lines: RequestedLine[] = [{ productId: mug.id, quantity: 3 }];
const circumstances: Circumstances = {
  stock: new Map([[mug.id, mug]]),
  expiresAt: new Date("2026-01-01T00:15:00Z"),
  isForcedShortage: noForcedShortage,
};

const held: Reservation = {
  status: "HELD",
  orderId,
  requested: lines,
  lines: [{ productId: mug.id, name: mug.name, quantity: 3, unitPrice: mug.price }],
  expiresAt: circumstances.expiresAt,
};
const states = {
  none: undefined,
  HELD: held,
  COMMITTED: { ...held, status: "COMMITTED" },
  RELEASED: { status: "RELEASED", orderId },
  EXPIRED: { status: "EXPIRED", orderId },
  REFUSED: { status: "REFUSED", orderId, requested: lines, refusal: { code: "OUT_OF_STOCK", message: "none left" } },
} as const satisfies Record<string, Reservation | undefined>;

const commands = {
  reserve: { kind: "reserve", orderId, lines },
  "reserve other lines": { kind: "reserve", orderId, lines: [{ productId: mug.id, quantity: 1 }] },
  commit: { kind: "commit", orderId },
  release: { kind: "release", orderId },
  expire: { kind: "expire", orderId },
} as const satisfies Record<string, Command>;

/** What each command comes to in each state: the new status, "same", or the reason of the rejection. */
const table: Record<keyof typeof states, Record<keyof typeof commands, string>> = {
  none: {
    reserve: "-> HELD",
    "reserve other lines": "-> HELD",
    commit: "NOT_RESERVED",
    release: "-> RELEASED",
    expire: "NOT_RESERVED",
  },
  HELD: {
    reserve: "same",
    "reserve other lines": "OTHER_LINES",
    commit: "-> COMMITTED",
    release: "-> RELEASED",
    expire: "-> EXPIRED",
  },
  COMMITTED: {
    reserve: "same",
    "reserve other lines": "OTHER_LINES",
    commit: "same",
    release: "COMMITTED",
    expire: "same",
  },
  RELEASED: { reserve: "UNDONE", "reserve other lines": "UNDONE", commit: "UNDONE", release: "same", expire: "same" },
  EXPIRED: { reserve: "EXPIRED", "reserve other lines": "EXPIRED", commit: "EXPIRED", release: "same", expire: "same" },
  REFUSED: {
    reserve: "same",
    "reserve other lines": "OTHER_LINES",
    commit: "NOT_RESERVED",
    release: "-> RELEASED",
    expire: "same",
  },
};

describe("the reservation's states", () => {
  const cases = Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([command, result]) => ({ state, command, result })),
  );

  test.each(cases)("$state meets $command: $result", ({ state, command, result }) => {
    const current = states[state as keyof typeof states];
    const decision = decide(current, commands[command as keyof typeof commands], circumstances);
    expect(inWords(decision)).toBe(result);
    if (decision.kind === "unchanged") expect(decision.reservation).toBe(current);
  });

  test("holding reserves the units and freezes name and price", () => {
    expect(decide(undefined, commands.reserve, circumstances)).toEqual({
      kind: "changed",
      reservation: held,
      moves: [{ productId: mug.id, onHand: 0, reserved: 3 }],
    });
  });

  test("a commit takes the units off the shelf, a release or an expiry only gives them back", () => {
    const movesOf = (decision: Decision) => (decision.kind === "changed" ? decision.moves : []);
    expect(movesOf(decide(held, commands.commit, circumstances))).toEqual([
      { productId: mug.id, onHand: -3, reserved: -3 },
    ]);
    const back = [{ productId: mug.id, onHand: 0, reserved: -3 }];
    expect(movesOf(decide(held, commands.release, circumstances))).toEqual(back);
    expect(movesOf(decide(held, commands.expire, circumstances))).toEqual(back);
  });

  test("a refusal is recorded and moves nothing", () => {
    const tooMany: Command = { kind: "reserve", orderId, lines: [{ productId: mug.id, quantity: 4 }] };
    expect(decide(undefined, tooMany, circumstances)).toMatchObject({
      kind: "changed",
      reservation: { status: "REFUSED", refusal: { code: "OUT_OF_STOCK" } },
      moves: [],
    });
  });

  test("the sandbox refuses an order whose id ends in 0", () => {
    const sandbox = { ...circumstances, isForcedShortage: sandboxShortage };
    const unlucky = asOrderId("01900000-0000-7000-8000-000000000010");
    expect(decide(undefined, { kind: "reserve", orderId: unlucky, lines }, sandbox)).toMatchObject({
      reservation: { status: "REFUSED", refusal: { code: "OUT_OF_STOCK" } },
    });
    expect(decide(undefined, commands.reserve, sandbox)).toMatchObject({ reservation: { status: "HELD" } });
  });

  test("the order of the lines does not matter when a request is repeated", () => {
    const jar = { ...mug, id: asProductId("01900000-0000-7000-9000-000000000018") };
    const two: RequestedLine[] = [...lines, { productId: jar.id, quantity: 1, expectedUnitPrice: usd(1250) }];
    const first = decide(
      undefined,
      { kind: "reserve", orderId, lines: two },
      {
        ...circumstances,
        stock: new Map([
          [mug.id, mug],
          [jar.id, jar],
        ]),
      },
    );
    if (first.kind !== "changed") throw new Error("nothing was held");
    const again = decide(first.reservation, { kind: "reserve", orderId, lines: two.toReversed() }, circumstances);
    expect(again).toEqual({ kind: "unchanged", reservation: first.reservation });
    const otherPrice = two.map((line) => ({ ...line, expectedUnitPrice: usd(1) }));
    expect(inWords(decide(first.reservation, { kind: "reserve", orderId, lines: otherPrice }, circumstances))).toBe(
      "OTHER_LINES",
    );
  });
});

function inWords(decision: Decision): string {
  switch (decision.kind) {
    case "changed":
      return `-> ${decision.reservation.status}`;
    case "unchanged":
      return "same";
    case "rejected":
      return decision.reason;
    default:
      return decision satisfies never;
  }
}
