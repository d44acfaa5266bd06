import type { Mutation } from "./_mutation.ts";
import { openWorkbench, type Verdict, type Workbench } from "./_workbench.ts";
import { mutatedIdentity } from "./mutations/identity-service.ts";
import { mutatedInventory } from "./mutations/inventory-service.ts";
import { mutatedNotifications } from "./mutations/notification-service.ts";
import { mutatedOrders } from "./mutations/order-service.ts";
import { mutatedPayments } from "./mutations/payment-service.ts";
import { mutatedShipping } from "./mutations/shipping-service.ts";

const all = [mutatedInventory, mutatedPayments, mutatedShipping, mutatedNotifications, mutatedIdentity, mutatedOrders];

/** `npm run test:contract -- --mutations` tries all faults, of all providers or of the one that it names. */
const wanted = process.env.MUTATIONS;
const providers = all.filter(({ provider }) => wanted === undefined || wanted === "all" || wanted === provider);
if (providers.length === 0) {
  throw new Error(`There is no provider ${wanted}; there are ${all.map(({ provider }) => provider).join(", ")}.`);
}
const perProvider = wanted === undefined ? 2 : Number.POSITIVE_INFINITY;
const atOnce = 2;

interface Trial {
  readonly provider: string;
  readonly mutation?: Mutation;
}

const trials: readonly Trial[] = providers.flatMap(({ provider, mutations }) => [
  { provider },
  ...mutations.slice(0, perProvider).map((mutation) => ({ provider, mutation })),
]);
const workbenches: Workbench[] = [];
const verdicts = new Map<Trial, PromiseWithResolvers<Verdict>>(trials.map((trial) => [trial, Promise.withResolvers()]));

beforeAll(() => {
  // Each is awaited by its test, which may come later.
  for (const { promise } of verdicts.values()) promise.catch(() => undefined);
  const waiting = [...trials];
  for (let count = 0; count < atOnce; count++) {
    const workbench = openWorkbench();
    workbenches.push(workbench);
    void tryAll(workbench, waiting);
  }
});

afterAll(() => {
  for (const workbench of workbenches) workbench.close();
  process.stderr.write(tableOf(results));
});

async function tryAll(workbench: Workbench, waiting: Trial[]): Promise<void> {
  for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
    const { resolve, reject } = verdicts.get(trial) as PromiseWithResolvers<Verdict>;
    await workbench.verify(trial.provider, trial.mutation).then(resolve, reject);
  }
}

const results: { readonly trial: Trial; readonly failed: readonly string[] }[] = [];

describe.each(providers)("the contracts of $provider", ({ provider, mutations }) => {
  it("are kept as it is", async () => {
    const { failed, passed, trouble } = await verdictOn({ provider });
    expect({ failed, trouble }).toEqual({ failed: [], trouble: undefined });
    expect(passed.length).toBeGreaterThan(0);
  });

  it.each(mutations.slice(0, perProvider))("find that $name", async (mutation) => {
    const { failed, passed, trouble } = await verdictOn({ provider, mutation });
    expect(trouble).toBeUndefined();
    const descriptions = failed.map(descriptionOf);
    expect(descriptions).toEqual(expect.arrayContaining([...mutation.breaks]));
    // A provider that does not even start would fail them all.
    expect(passed.length).toBeGreaterThan(0);
  });
});

async function verdictOn({ provider, mutation }: Trial): Promise<Verdict> {
  const trial = trials.find((one) => one.provider === provider && one.mutation === mutation) as Trial;
  const verdict = await (verdicts.get(trial) as PromiseWithResolvers<Verdict>).promise;
  results.push({ trial, failed: verdict.failed.map(descriptionOf) });
  return verdict;
}

/** A test is named `<method>: <description>`. */
function descriptionOf(title: string): string {
  return title.replace(/^[^:]*: /, "");
}

function tableOf(rows: typeof results): string {
  const lines = rows.flatMap(({ trial: { provider, mutation }, failed }) => {
    if (mutation === undefined) return [];
    const named = failed.filter((description) => mutation.breaks.includes(description));
    const more = new Set(failed).size - new Set(named).size;
    return `| ${provider} | ${mutation.name} | ${[...new Set(named)].join("; ")}${more > 0 ? ` (and ${more} more)` : ""} |`;
  });
  return ["", "| provider | fault | interactions that failed |", "|---|---|---|", ...lines, ""].join("\n");
}
