import type { Options, Scenario } from "k6/options";
import { type OrdersProfile, type PaymentsProfile, peakOf, secondsOf } from "./profiles.ts";
import type { DoorChoice, Settings } from "./settings.ts";
import { slotsOf } from "./slots.ts";
import { orderThresholds, paymentThresholds } from "./thresholds.ts";

const trendStats = ["count", "avg", "min", "med", "p(90)", "p(95)", "p(99)", "max"];

/** k6's options for a test of orders: a scenario for each door, which share the users. */
export function ordersOptions(profile: OrdersProfile, { scale, door }: Settings): Options {
  return {
    scenarios: ordersScenarios(profile, scale, door),
    thresholds: orderThresholds(slotsOf(secondsOf(profile) * scale)),
    summaryTrendStats: trendStats,
    setupTimeout: "60s",
  };
}

/** k6's options for the test of payments: calls arrive at a fixed rate, and one for which no user is free is dropped. */
export function paymentsOptions(profile: PaymentsProfile, { scale }: Settings): Options {
  const seconds = profile.seconds * scale;
  return {
    scenarios: {
      payments: {
        executor: "constant-arrival-rate",
        exec: "pay",
        rate: profile.callsPerSecond,
        timeUnit: "1s",
        duration: milliseconds(seconds),
        preAllocatedVUs: profile.users,
        maxVUs: profile.users,
      },
    },
    thresholds: paymentThresholds(slotsOf(seconds), profile.callsPerSecond * seconds),
    summaryTrendStats: trendStats,
    setupTimeout: "60s",
  };
}

function ordersScenarios(profile: OrdersProfile, scale: number, door: DoorChoice): Record<string, Scenario> {
  switch (door) {
    case "rest":
      return { rest: scenario(profile, scale, "rest", (users) => users) };
    case "grpc":
      return { grpc: scenario(profile, scale, "grpc", (users) => users) };
    case "both":
      // One user alone goes through the doors by turns.
      if (peakOf(profile) === 1) return { both: scenario(profile, scale, "both", (users) => users) };
      return {
        rest: scenario(profile, scale, "rest", (users) => Math.ceil(users / 2)),
        grpc: scenario(profile, scale, "grpc", (users) => Math.floor(users / 2)),
      };
    default:
      return door satisfies never;
  }
}

function scenario(profile: OrdersProfile, scale: number, exec: DoorChoice, share: (users: number) => number): Scenario {
  return {
    executor: "ramping-vus",
    exec,
    startVUs: share(profile.startUsers),
    stages: profile.stages.map(({ seconds, users }) => ({
      duration: milliseconds(seconds * scale),
      target: share(users),
    })),
    gracefulRampDown: "15s",
    gracefulStop: "15s",
  };
}

function milliseconds(seconds: number): string {
  return `${Math.max(1, Math.round(seconds * 1000))}ms`;
}
