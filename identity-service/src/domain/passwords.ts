import { hash, type Options, parseOptions, verify } from "@node-rs/argon2";
import { createBounded, type Turn } from "./bounded.ts";
import { plainForm } from "./plain-form.ts";
import { newSecret } from "./secret.ts";

/** Hashes and checks passwords with argon2id, off the event loop and never too many at once. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` is `undefined` where there is no such user: the answer is no, after the time that a check takes. */
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

/**
 * Makes the hasher. It computes one hash, to check against where there is no user. After the cost was raised, a check
 * against an older hash is quicker than that, until its user has logged in once and has a new one.
 */
export async function createPasswords(cost: PasswordCost): Promise<Passwords> {
  const options: Options = { memoryCost: cost.memoryKib, timeCost: cost.passes, parallelism: 1 };
  const bounded = createBounded({ limit: cost.concurrency, queue: cost.queue });
  const nobodysHash = await hash(newSecret(), options);

  return {
    hash: (password) => bounded.run(() => hash(plainForm(password), options)),
    async verify(stored, password, turn) {
      const isRight = await bounded.run(() => verify(stored ?? nobodysHash, plainForm(password)), turn);
      return isRight && stored !== undefined;
    },
    isOutdated: (stored) => workOf(stored) < cost.memoryKib * cost.passes,
  };
}

function workOf(stored: string): number {
  const { memoryCost = 0, timeCost = 0 } = parseOptions(stored);
  return memoryCost * timeCost;
}
