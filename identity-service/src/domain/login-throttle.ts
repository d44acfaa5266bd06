import type { LoginOrigin } from "./login-origin.ts";

/**
 * Owns: how fast passwords may be guessed. Does not own: where failures are counted (store/login-counters.ts), which
 * networks an account is known from (store/login-networks.ts), how many hashes are made at once (passwords.ts).
 *
 * I1. Of one account from one network, a burst of failures passes; then one login passes per delay, which doubles with each
 *     failure up to a minute. A success forgets them, and so does an hour.
 * I2. Of one network, whatever the accounts, the same with a larger burst. Successes do not count. An account that has
 *     logged in from there lately does not wait for what others there do.
 * I3. Nothing that happens elsewhere refuses an account a login: failures from many networks only make a login from a
 *     network that the account is not known from wait, and never longer than `longestDelayMs` of the account's pace.
 *     From a network that it has logged in from lately it does not even wait.
 * I4. A login counts as failed from its beginning until it has succeeded or was given up undecided, so that many at once
 *     cannot pass on one look: counters and gates are atomic, also where several processes share them.
 * I5. An account that does not exist is counted, delayed and answered as one that does: only names are looked at.
 * I6. Who is refused is not counted: asking too early never makes the wait longer, and leaves nothing behind.
 */
export interface LoginThrottle {
  /** Begins a login, or tells how long to wait before asking again. */
  begin(login: LoginToBegin): Promise<{ retryAfterMs: number } | LoginAttempt>;
}

/** What is known of a login before its password is looked at. */
export interface LoginToBegin {
  readonly origin: LoginOrigin;
  /** Whether the account has logged in from that network lately. */
  readonly isKnownNetwork: boolean;
}

export interface LoginAttempt {
  /** How long to hold the login back before its password is looked at; 0 where there is no need. */
  readonly waitMs: number;
  /** Takes back that it counted as failed, and forgets the earlier failures of this account from this network. */
  succeeded(): Promise<void>;
  /** Takes back that it counted as failed: it was never decided. */
  abandoned(): Promise<void>;
}

/** So many at once, then one per delay: the first delay, twice that, and so on up to the longest. */
export interface Pace {
  readonly burst: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

export interface LoginLimits {
  /** I1: one account from one network. */
  readonly perPair: Pace;
  /** I2: one network. */
  readonly perNetwork: Pace;
  /** I3: one account, over all networks that it is not known from. */
  readonly perAccount: Pace;
}

/** Delays of a refusal are whole seconds: the counters count no finer. */
export const defaultLoginLimits: LoginLimits = {
  perPair: { burst: 5, firstDelayMs: 1_000, longestDelayMs: 60_000 },
  perNetwork: { burst: 50, firstDelayMs: 1_000, longestDelayMs: 60_000 },
  perAccount: { burst: 10, firstDelayMs: 100, longestDelayMs: 2_500 },
};

/** Counts of one kind, each with a gate. Every operation is atomic. What is counted is forgotten after an hour. */
export interface LoginCounters {
  /** What is counted at `key`, and how long its gate stays shut. */
  look(key: string): Promise<{ count: number; shutForMs: number }>;
  /** Counts one more, and gives the sum. */
  add(key: string): Promise<number>;
  /** Counts one less. What is forgotten by now, or was counted where it is lost, has nothing to take back. */
  takeBack(key: string): Promise<void>;
  /** Shuts the gate where it is open, and gives 0; else gives how long it stays shut. */
  shut(key: string, forMs: number): Promise<number>;
  open(key: string): Promise<void>;
  /** Forgets the count and opens the gate. */
  forget(key: string): Promise<void>;
}

/** The counters of each kind. */
export interface LoginCounterStore {
  readonly pairs: LoginCounters;
  readonly networks: LoginCounters;
  readonly accounts: LoginCounters;
}

/** A throttle over these counters. */
export function createLoginThrottle(counters: LoginCounterStore, limits = defaultLoginLimits): LoginThrottle {
  const turnstilesOf = ({ pair, network }: LoginOrigin, isKnownNetwork: boolean): [Turnstile, ...Turnstile[]] => {
    const ofPair = turnstile(counters.pairs, limits.perPair, pair);
    return isKnownNetwork ? [ofPair] : [ofPair, turnstile(counters.networks, limits.perNetwork, network)];
  };

  return {
    async begin({ origin, isKnownNetwork }) {
      const turnstiles = turnstilesOf(origin, isKnownNetwork);
      const looked = Math.max(...(await Promise.all(turnstiles.map((one) => one.look()))));
      const retryAfterMs = looked > 0 ? looked : await passAll(turnstiles);
      if (retryAfterMs > 0) return { retryAfterMs };

      const { accounts } = counters;
      const failures = isKnownNetwork ? 0 : await accounts.add(origin.account);
      const forgetAttempt = async () => {
        if (!isKnownNetwork) await accounts.takeBack(origin.account);
        await Promise.all(turnstiles.map((one) => one.giveBack()));
      };
      return {
        waitMs: waitAfter(failures, limits.perAccount),
        async succeeded() {
          await forgetAttempt();
          await turnstiles[0].forget();
        },
        abandoned: forgetAttempt,
      };
    },
  };
}

/** Those who come together do not go on together: the last quarter of the wait is spread. */
function waitAfter(failures: number, pace: Pace): number {
  if (failures <= pace.burst) return 0;
  return Math.round(delayAfter(failures - 1, pace) * (1 - (failures % 32) / 128));
}

/** The delay that follows the `count`th failure; the burst's last is the first that has one. */
function delayAfter(count: number, { burst, firstDelayMs, longestDelayMs }: Pace): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(30, Math.max(0, count - burst)));
}

interface Turnstile {
  /** How long it stays shut; 0 where one may try to pass. */
  look(): Promise<number>;
  /** Passes and gives 0, or gives how long it stays shut. */
  pass(): Promise<number>;
  /** Undoes a pass. */
  giveBack(): Promise<void>;
  /** Forgets all that have passed. */
  forget(): Promise<void>;
}

/**
 * The places of the burst are counted apart from those who passed: while many who come at once find that there is no place
 * left for them, the delay of who passes by the gate is that of those who did pass (I6).
 */
function turnstile(counters: LoginCounters, pace: Pace, key: string): Turnstile {
  const places = `${key} places`;
  let counted = 0;
  let hasPlace = false;
  let hasShut = false;

  /** All but the last of the burst pass freely. Who finds others were quicker goes on to the gate. */
  async function takePlace(): Promise<void> {
    if (counted + 1 >= pace.burst) return;
    hasPlace = (await counters.add(places)) < pace.burst;
    if (!hasPlace) await counters.takeBack(places);
  }

  return {
    async look() {
      const { count, shutForMs } = await counters.look(key);
      counted = count;
      return shutForMs;
    },
    async pass() {
      await takePlace();
      if (!hasPlace) {
        const shutForMs = await counters.shut(key, delayAfter(counted + 1, pace));
        if (shutForMs > 0) return shutForMs;
        hasShut = true;
      }
      await counters.add(key);
      return 0;
    },
    async giveBack() {
      await counters.takeBack(key);
      if (hasPlace) await counters.takeBack(places);
      if (hasShut) await counters.open(key);
    },
    forget: async () => void (await Promise.all([counters.forget(key), counters.forget(places)])),
  };
}

/** Passes all, or none and gives how long to wait. */
async function passAll(turnstiles: readonly Turnstile[]): Promise<number> {
  const passed: Turnstile[] = [];
  for (const one of turnstiles) {
    const waitMs = await one.pass();
    if (waitMs > 0) {
      await Promise.all(passed.map((earlier) => earlier.giveBack()));
      return waitMs;
    }
    passed.push(one);
  }
  return 0;
}
