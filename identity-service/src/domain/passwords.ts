import { hash, type Options, parseOptions, verify } from "@node-rs/argon2";
import { createBounded, type Turn } from "./bounded.ts";
import { plainForm } from "./plain-form.ts";
import { newSecret } from "./secret.ts";

/** Hashes and checks passwords with argon2id, off the event loop and never too many at once. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` is `undefined` where there is no such user: the answer is no, after the time that any other no takes. */
  verify(stored: string | undefined, password: string, turn?: Turn): Promise<boolean>;
  /** Claims that a hash was made with less work than one is made with now. */
  isOutdated(stored: string): boolean;
}

export interface PasswordCost {
  readonly memoryKib: number;
  readonly passes: number;
  /** How many hashes run at once; each holds `memoryKib` and one thread of libuv's four. */
  readonly concurrency: number;
  /** How many more may wait. */
  readonly queue: number;
}

/** The first of the parameter sets that OWASP's password storage cheat sheet recommends, with one lane. */
export const owaspCost = { memoryKib: 19_456, passes: 2 } as const;

/** argon2 takes no less for one lane. */
const leastMemoryKib = 8;

/**
 * Makes the hasher; `usualHash` is one of those that most users have. It computes one hash, to check against where there is
 * no user. No time tells which names there are, although hashes of several costs are stored after the cost was changed:
 * nobody's is as costly as the usual one and at least as today's, and who has a lesser one is refused after as much work.
 */
export async function createPasswords(cost: PasswordCost, usualHash?: string): Promise<Passwords> {
  const options: Options = { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: 1 };
  const bounded = createBounded({ limit: cost.concurrency, queue: cost.queue });
  const isCostlier = usualHash !== undefined && workOf(usualHash) > cost.memoryKib * cost.passes;
  const nobodysHash = await hash(newSecret(), isCostlier ? { ...options, ...costOf(usualHash) } : options);

  async function check(stored: string, password: string): Promise<boolean> {
    const isRight = await verify(stored, plainForm(password));
    if (!isRight) await spend(workOf(nobodysHash) - workOf(stored), cost.passes);
    return isRight;
  }

  return {
    hash: (password) => bounded.run(() => hash(plainForm(password), options)),
    async verify(stored, password, turn) {
      const isRight = await bounded.run(() => check(stored ?? nobodysHash, password), turn);
      return isRight && stored !== undefined;
    },
    isOutdated: (stored) => workOf(stored) < cost.memoryKib * cost.passes,
  };
}

/** Takes the time of so much work: what argon2 takes goes with its memory and with its passes. */
async function spend(work: number, passes: number): Promise<void> {
  if (work <= 0) return;
  await hash("", { memoryCost: Math.max(leastMemoryKib, Math.round(work / passes)), timeCost: passes, parallelism: 1 });
}

function workOf(stored: string): number {
  const { memoryCost, timeCost } = costOf(stored);
  return memoryCost * timeCost;
}

function costOf(stored: string): { memoryCost: number; timeCost: number } {
  const { memoryCost = 0, timeCost = 0 } = parseOptions(stored);
  return { memoryCost, timeCost };
}
