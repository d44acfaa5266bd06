import { endDisturbedTrips } from "./_disturbed-trips.ts";

test("ends every trip wholly or not at all, whoever is stopped, unreachable, or asks for what at any moment", async () => {
  await endDisturbedTrips(60);
});
