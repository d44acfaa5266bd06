import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@shop/platform/errors";
import type { Participants } from "../../src/checkout/ports.ts";
import { willingParticipants } from "./_orders.ts";

/** Participants that keep their books, answer late, and lose one call or answer in eight. */
export interface DisturbedParticipants {
  readonly participants: Participants;
  /** What the order has left behind: its reservation, its payment, its shipment. */
  booksOf(orderId: string): readonly [string?, string?, string?];
}

/** @param chance A number from 0 to 1, another one at each call. */
export function disturbedParticipants(chance: () => number): DisturbedParticipants {
  const [stock, money, parcels] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  const willing = willingParticipants();

  /** A call that may be lost on the way there, and its answer on the way back. */
  async function disturbed<T>(answer: () => T | Promise<T>): Promise<T> {
    await sleep(chance() * 40);
    if (chance() < 1 / 8) throw new AppError("UNAVAILABLE", "the call is lost");
    const answered = await answer();
    if (chance() < 1 / 8) throw new AppError("UNAVAILABLE", "the answer is lost");
    return answered;
  }

  function refuseUndone(books: Map<string, string>, orderId: string): void {
    if (books.get(orderId) === "undone") throw precondition("UNDONE");
  }

  const participants: Participants = {
    inventory: {
      check: () => disturbed(() => undefined),
      reserve: (orderId, lines, terms) =>
        disturbed(() => {
          refuseUndone(stock, orderId);
          if (!stock.has(orderId)) stock.set(orderId, "held");
          return willing.inventory.reserve(orderId, lines, terms);
        }),
      commit: (orderId) =>
        disturbed(() => {
          refuseUndone(stock, orderId);
          if (!stock.has(orderId)) throw precondition("NOT_RESERVED");
          stock.set(orderId, "sold");
        }),
      release: (orderId) =>
        disturbed(() => {
          if (stock.get(orderId) === "sold") throw precondition("COMMITTED");
          stock.set(orderId, "undone");
        }),
    },
    payments: {
      process: ({ orderId }) =>
        disturbed(() => {
          refuseUndone(money, orderId);
          money.set(orderId, "charged");
          return { reference: orderId };
        }),
      refund: (orderId) => disturbed(() => void money.set(orderId, "undone")),
      isUndone: async (orderId) => money.get(orderId) === "undone",
    },
    shipping: {
      schedule: ({ orderId }) =>
        disturbed(() => {
          refuseUndone(parcels, orderId);
          if (!parcels.has(orderId) && chance() < 1 / 16) {
            return { refused: { code: "ADDRESS_NOT_SERVED", message: "not there" } };
          }
          parcels.set(orderId, "scheduled");
          return { trackingNumber: "T1" };
        }),
      cancel: (orderId) => disturbed(() => void parcels.set(orderId, "undone")),
      isUndone: async (orderId) => parcels.get(orderId) === "undone",
    },
  };
  return { participants, booksOf: (orderId) => [stock.get(orderId), money.get(orderId), parcels.get(orderId)] };
}

function precondition(reason: string): AppError {
  return new AppError("FAILED_PRECONDITION", reason, { reason });
}
