import { endDisturbedTrips } from "./_disturbed-trips.ts";

test("ends every trip wholly or not at all, in many more worlds", async () => {
  await endDisturbedTrips(Number(process.env.SAGA_DISTURBED_RUNS ?? 1000));
});
