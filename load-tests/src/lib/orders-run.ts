import { sleep } from "k6";
import encoding from "k6/encoding";
import exec from "k6/execution";
import type { Options } from "k6/options";
import type { K6Summary } from "../report/k6-summary.ts";
import { makeReport } from "../report/make-report.ts";
import type { Product } from "./basket.ts";
import { readCatalogue } from "./catalogue.ts";
import type { Door } from "./door.ts";
import { connectOnce, grpcDoor, loadClient } from "./grpc-door.ts";
import { ordersOptions } from "./options.ts";
import { type OrdersProfile, peakOf, secondsOf } from "./profiles.ts";
import { restDoor } from "./rest-door.ts";
import { currentToken, logIn, type Token } from "./session.ts";
import { readSettings } from "./settings.ts";
import { slotsOf } from "./slots.ts";
import { replenish, stockFor } from "./stock.ts";
import { visit } from "./visit.ts";

/** What setup() gives every user. */
interface Opened {
  readonly token: Token;
  readonly userId: string;
  readonly products: Product[];
}

/** What k6 wants a script of this kind to export. */
export interface OrdersRun {
  readonly options: Options;
  setup(): Opened;
  rest(opened: Opened): void;
  grpc(opened: Opened): void;
  /** Through both doors by turns. */
  both(opened: Opened): void;
  handleSummary(summary: K6Summary): Record<string, string>;
}

/** Makes a test of orders of a profile. */
export function ordersRun(profile: OrdersProfile): OrdersRun {
  const settings = readSettings(__ENV);
  const seconds = secondsOf(profile) * settings.scale;
  const slots = slotsOf(seconds);
  const connect = connectOnce(loadClient("shop/orders/v1/orders.proto"), settings.grpcTarget);
  const login = () => logIn(settings, settings.username, settings.password);

  const visitThrough = (door: Door, { token, products }: Opened) => {
    const turn = profile.isThorough ? Math.floor(exec.scenario.iterationInTest / 2) : undefined;
    visit({ door, products, slots, turn, baseUrl: settings.baseUrl, token: currentToken(token, login) });
    if (turn === undefined) think();
    else sleep(0.5);
  };
  const run: OrdersRun = {
    options: ordersOptions(profile, settings),
    setup: () => {
      const products = readCatalogue(settings);
      if (settings.replenishes) replenish(settings, products, stockFor(seconds * peakOf(profile), products.length));
      const token = login();
      return { token, products, userId: subjectOf(token) };
    },
    rest: (opened) => visitThrough(restDoor(settings, opened.userId), opened),
    grpc: (opened) => visitThrough(grpcDoor(connect), opened),
    both: (opened) => (exec.scenario.iterationInTest % 2 === 0 ? run.rest(opened) : run.grpc(opened)),
    handleSummary: (summary) => makeReport({ profile, settings, slots, summary, endedAt: new Date() }),
  };
  return run;
}

/** One to three seconds: a hurried person's time before the next order. */
function think(): void {
  sleep(1 + 2 * Math.random());
}

/** Whose token it is. */
function subjectOf({ value }: Token): string {
  const claims = JSON.parse(encoding.b64decode(value.split(".")[1] ?? "", "rawurl", "s")) as { sub: string };
  return claims.sub;
}
