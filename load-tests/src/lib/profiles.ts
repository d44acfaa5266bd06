/** One part of a run: within `seconds` the virtual users become `users`. */
export interface Stage {
  readonly seconds: number;
  readonly users: number;
}

/** A test of orders: how many users there are when. */
export interface OrdersProfile {
  readonly name: "smoke" | "load" | "stress" | "spike";
  /** For the head of the report. */
  readonly says: string;
  readonly startUsers: number;
  /** Whether each kind of order has its turn, at each door, and everything is looked at; else chance decides. */
  readonly isThorough?: true;
  readonly stages: readonly Stage[];
}

/** A test of payments: so many calls in a second, however long each takes. */
export interface PaymentsProfile {
  readonly name: "mixed";
  readonly says: string;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** Of a hundred calls, how many are refunds; the others are charges. */
  readonly refundPercent: number;
  /** How many calls may be under way at once before one is dropped. */
  readonly users: number;
}

export type Profile = OrdersProfile | PaymentsProfile;

export const smoke: OrdersProfile = {
  name: "smoke",
  says: "One customer for 30 seconds: does everything work at all?",
  startUsers: 1,
  isThorough: true,
  stages: [{ seconds: 30, users: 1 }],
};

export const load: OrdersProfile = {
  name: "load",
  says: "A usual day in 16 minutes: up to 20 customers at once.",
  startUsers: 0,
  stages: [
    { seconds: 120, users: 10 },
    { seconds: 300, users: 10 },
    { seconds: 120, users: 20 },
    { seconds: 300, users: 20 },
    { seconds: 120, users: 0 },
  ],
};

export const stress: OrdersProfile = {
  name: "stress",
  says: "More and more customers for 19 minutes, up to 100 at once: where does it become slow, and does it stay right?",
  startUsers: 0,
  stages: [
    { seconds: 120, users: 25 },
    { seconds: 180, users: 25 },
    { seconds: 120, users: 50 },
    { seconds: 180, users: 50 },
    { seconds: 120, users: 100 },
    { seconds: 300, users: 100 },
    { seconds: 120, users: 0 },
  ],
};

export const spike: OrdersProfile = {
  name: "spike",
  says: "5 customers, 100 within ten seconds, 5 again: is it as fast afterwards as it was before?",
  startUsers: 5,
  stages: [
    { seconds: 60, users: 5 },
    { seconds: 10, users: 100 },
    { seconds: 110, users: 100 },
    { seconds: 10, users: 5 },
    { seconds: 110, users: 5 },
  ],
};

export const mixed: PaymentsProfile = {
  name: "mixed",
  says: "Ten calls a second to the payment service for 5 minutes: eight charges, two refunds.",
  seconds: 300,
  callsPerSecond: 10,
  refundPercent: 20,
  users: 50,
};

/** How long a run takes. */
export function secondsOf(profile: Profile): number {
  return "stages" in profile ? profile.stages.reduce((sum, { seconds }) => sum + seconds, 0) : profile.seconds;
}

/** The most virtual users at once. */
export function peakOf(profile: Profile): number {
  return "stages" in profile
    ? Math.max(profile.startUsers, ...profile.stages.map(({ users }) => users))
    : profile.users;
}
