import type { MutatedProvider } from "../_mutation.ts";

export const mutatedInventory: MutatedProvider = {
  provider: "inventory-service",
  mutations: [
    {
      name: "the answer to a reservation lacks what it costs",
      file: "src/api/messages.ts",
      from: "totalAmount: toWireMoney(totalOf(lines)),",
      to: "totalAmount: undefined,",
      breaks: ["to reserve lines that are in stock", "to sell what the order holds"],
    },
    {
      name: "the unit prices are ten times too high",
      file: "src/api/messages.ts",
      from: "toWireMoney(line.unitPrice)",
      to: "toWireMoney({ ...line.unitPrice, minorUnits: line.unitPrice.minorUnits * 10 })",
      breaks: ["to reserve lines that are in stock"],
    },
    {
      name: "what can be had is refused by a check",
      file: "src/api/check-availability.ts",
      from: "return { refusal: undefined };",
      to: 'return { refusal: { code: "OUT_OF_STOCK", message: "none" } };',
      breaks: ["to check lines that are in stock", "to check lines that the order has bought"],
    },
    {
      name: "what is held is called sold",
      file: "src/api/messages.ts",
      from: "HELD: ReservationStatus.RESERVATION_STATUS_HELD",
      to: "HELD: ReservationStatus.RESERVATION_STATUS_COMMITTED",
      breaks: ["to reserve lines that are in stock", "to reserve what the order holds, again"],
    },
    {
      name: "a tombstone is taken for a reservation",
      file: "src/domain/reservation.ts",
      from: 'case "RELEASED":\n      return { kind: "rejected", reason: "UNDONE" };\n    case "EXPIRED":\n      return { kind: "rejected", reason: "EXPIRED" };\n    case "HELD":',
      to: 'case "RELEASED":\n      return { kind: "unchanged", reservation: current };\n    case "EXPIRED":\n      return { kind: "rejected", reason: "EXPIRED" };\n    case "HELD":',
      breaks: [
        "to reserve lines of an order whose release came first",
        "to reserve lines of an order that was released",
      ],
    },
    {
      name: "what is sold can be released",
      file: "src/domain/reservation.ts",
      from: '{ kind: "rejected", reason: "COMMITTED" }',
      to: '{ kind: "unchanged", reservation: current }',
      breaks: ["to release what the order has bought"],
    },
    {
      name: "what has expired is said to be undone",
      file: "src/api/rejection.ts",
      from: "has expired.`, { reason }",
      to: 'has expired.`, { reason: "UNDONE" }',
      breaks: ["to sell what has expired", "to reserve lines of an order that has expired"],
    },
    {
      name: "a refusal is an error",
      file: "src/api/reserve-inventory.ts",
      from: 'if (reservation.status === "REFUSED") return { outcome: { $case: "refusal", value: reservation.refusal } };',
      to: 'if (reservation.status === "REFUSED") throw rejectionError("NOT_RESERVED", reservation.orderId);',
      breaks: ["to reserve lines of which too few are in stock", "to reserve a product that nobody knows"],
    },
    {
      name: "the same reservation again is taken for another",
      file: "src/domain/reservation.ts",
      from: "return areSameLines(current.requested, lines)",
      to: "return current.requested === lines",
      breaks: ["to reserve what the order holds, again", "to reserve what the order has bought, again"],
    },
    {
      name: "another price is not noticed",
      file: "src/domain/availability.ts",
      from: "firstOf(lines, (line) => changedPrice(line, stock)) ??",
      to: "",
      breaks: ["to check lines at another price than they have", "to reserve lines at another price than they have"],
    },
    {
      name: "other lines than the order's are refused with another code",
      file: "src/api/rejection.ts",
      from: 'return validationFailed([{ field: "lines", message: "must be the lines that this order was first sent with" }]);',
      to: 'return new AppError("FAILED_PRECONDITION", "other lines");',
      breaks: ["to reserve other lines than the order holds", "to check other lines than the order holds"],
    },
  ],
};
