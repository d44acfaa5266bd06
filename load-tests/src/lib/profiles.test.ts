import { load, mixed, type Profile, peakOf, secondsOf, smoke, spike, stress } from "./profiles.ts";

test.each<[string, Profile, number, number]>([
  ["smoke", smoke, 30, 1],
  ["load", load, 16 * 60, 20],
  ["stress", stress, 19 * 60, 100],
  ["spike", spike, 5 * 60, 100],
])("the test %s takes its time and has its users", (name, profile, seconds, users) => {
  expect(profile.name).toBe(name);
  expect(secondsOf(profile)).toBe(seconds);
  expect(peakOf(profile)).toBe(users);
});

test("the spike goes from 5 users to 100 and back to 5", () => {
  expect(spike.startUsers).toBe(5);
  expect(spike.stages.map(({ users }) => users)).toEqual([5, 100, 100, 5, 5]);
});

test("the mixed test makes ten calls a second for five minutes, one of five a refund", () => {
  expect(mixed).toMatchObject({ seconds: 300, callsPerSecond: 10, refundPercent: 20 });
});
