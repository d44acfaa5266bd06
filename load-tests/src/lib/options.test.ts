import { ordersOptions, paymentsOptions } from "./options.ts";
import { load, mixed, smoke, spike, stress } from "./profiles.ts";
import { readSettings } from "./settings.ts";

interface Ramping {
  exec: string;
  startVUs: number;
  stages: { duration: string; target: number }[];
}

function scenariosOf(profile: typeof spike, env: Record<string, string> = {}): Record<string, Ramping> {
  return ordersOptions(profile, readSettings(env)).scenarios as unknown as Record<string, Ramping>;
}

test.each([load, stress, spike])("the doors share the users of $name", (profile) => {
  const { rest, grpc } = scenariosOf(profile);
  expect(rest?.exec).toBe("rest");
  expect(grpc?.exec).toBe("grpc");
  expect((rest?.startVUs ?? 0) + (grpc?.startVUs ?? 0)).toBe(profile.startUsers);
  profile.stages.forEach(({ users }, index) => {
    expect((rest?.stages[index]?.target ?? 0) + (grpc?.stages[index]?.target ?? 0)).toBe(users);
  });
});

test("one user alone goes through both doors by turns", () => {
  expect(Object.keys(scenariosOf(smoke))).toEqual(["both"]);
});

test.each(["rest", "grpc"])("all users go through %s where that door is chosen", (door) => {
  const scenarios = scenariosOf(spike, { DOOR: door });
  expect(Object.keys(scenarios)).toEqual([door]);
  expect(scenarios[door]?.stages.map(({ target }) => target)).toEqual([5, 100, 100, 5, 5]);
});

test("the scale shortens the stages and keeps the users", () => {
  const { rest } = scenariosOf(spike, { DOOR: "rest", SCALE: "0.05" });
  expect(rest?.stages).toEqual([
    { duration: "3000ms", target: 5 },
    { duration: "500ms", target: 100 },
    { duration: "5500ms", target: 100 },
    { duration: "500ms", target: 5 },
    { duration: "5500ms", target: 5 },
  ]);
});

test("the limits are those that were promised", () => {
  const { thresholds } = ordersOptions(spike, readSettings({}));
  const limits = Object.entries(thresholds ?? {}).filter(([, list]) => list.length > 0);
  expect(Object.fromEntries(limits)).toEqual({
    order_creation_duration: ["p(95)<500", "p(99)<1000"],
    request_errors: ["rate<0.05"],
    payment_processing_success: ["rate>0.95"],
    checks: ["rate>0.99"],
  });
});

test("a sub-metric is kept for each slot, and none of them can fail", () => {
  const { thresholds } = ordersOptions(spike, readSettings({}));
  const slots = Object.entries(thresholds ?? {}).filter(([name]) => name.startsWith("order_creation_duration{slot:"));
  expect(slots).toHaveLength(60);
  expect(slots.every(([, limits]) => limits.length === 0)).toBe(true);
});

test("payments arrive at a fixed rate, and at most one of a hundred may be dropped", () => {
  const { scenarios, thresholds } = paymentsOptions(mixed, readSettings({}));
  expect(scenarios?.payments).toMatchObject({
    executor: "constant-arrival-rate",
    rate: 10,
    timeUnit: "1s",
    duration: "300000ms",
  });
  expect(thresholds?.dropped_iterations).toEqual(["count<30"]);
  expect(paymentsOptions(mixed, readSettings({ SCALE: "0.01" })).thresholds?.dropped_iterations).toEqual(["count<1"]);
});
