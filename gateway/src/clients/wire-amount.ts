import { AppError } from "@shop/platform/errors";
import { fromWireMoney } from "@shop/platform/money";
import type { Money as WireMoney } from "@shop/protos/gen/google/type/money";
import { type Amount, toAmount } from "../domain/amount.ts";

/** The amount that a service answered with, as our answers give it. */
export function wireAmount(wire: WireMoney): Amount {
  const money = fromWireMoney(wire);
  if (money === undefined) throw new AppError("INTERNAL", "A service answered with an amount that is none.");
  return toAmount(money);
}
