import { tokenFor, tokenStates } from "@shop/contracts/boundaries/forbidden-calls";
import { orderToPayment } from "@shop/contracts/boundaries/order-service-to-payment-service";
import { verifyProvider } from "@shop/contracts/verify-provider";
import { type RunningService, runPaymentService } from "../integration/_running-service.ts";
import { describeInEachPlace, type TestPlace } from "../integration/_storages.ts";
import { faultsInBooks, orderOf, standsAfter } from "./_payment-effects.ts";
import { paymentStates } from "./_payment-states.ts";

/** Longer than any verification takes. */
const leaseMs = 300_000;

describeInEachPlace((createPlace) => {
  let place: TestPlace;
  let service: RunningService;

  beforeAll(async () => {
    place = await createPlace();
    service = await runPaymentService({ place, overrides: { leaseMs } });
  }, 60_000);

  afterAll(async () => {
    await service.close();
    await place.drop();
  });

  verifyProvider([orderToPayment], {
    address: () => `127.0.0.1:${service.context.ports.grpc}`,
    token: (interaction) =>
      tokenFor(interaction, {
        valid: service.identity.serviceToken({ scopes: ["payments"] }),
        ofAnotherScope: service.identity.serviceToken({ scopes: ["inventory", "shipping"] }),
      }),
    states: { ...tokenStates, ...paymentStates(() => service) },
  });

  test("what stands in the store is what was answered", async () => {
    const faults: string[] = [];
    for (const interaction of orderToPayment.interactions) {
      const { payment } = await service.context.store.read(orderOf(interaction));
      const { description } = interaction;
      if (payment?.status !== standsAfter(interaction)) faults.push(`${description}: ${payment?.status}`);
    }
    expect(faults).toEqual([]);
  });

  test("the provider's books hold what the payments say, and nothing else", async () => {
    const { store, ledger } = service.context;
    expect(await faultsInBooks(orderToPayment.interactions.map(orderOf), { store, ledger })).toEqual([]);
  });
});
