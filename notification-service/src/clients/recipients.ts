import type { ServiceTokens } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { createProfileReader } from "@shop/platform/profile-reader";
import type { Tls } from "@shop/platform/tls";
import { z } from "zod";
import type { Recipient } from "./transport.ts";

/** As long as a removed user's token may still be taken anywhere: nobody is written to for longer after they are gone. */
const KEPT_MS = 10_000;
const KEPT_AT_MOST = 1000;

/** The customers as messages need them. */
export interface Recipients {
  /** Whom to write to; undefined where the user does not exist any more, or has no e-mail address. */
  find(userId: string, signal: AbortSignal): Promise<Recipient | undefined>;
}

/**
 * The customers' profiles at the identity service. What was found is kept for ten seconds, in memory: a customer who places
 * a hundred orders at once is looked up once. That somebody is not there is asked anew each time.
 *
 * Invariant: what is kept stands in the order of its end, so that the oldest is found first.
 */
export function createRecipients(
  identityUrl: string,
  tokens: ServiceTokens,
  { now = () => performance.now(), tls }: { now?: () => number; tls?: Tls } = {},
): Recipients {
  const profiles = createProfileReader(identityUrl, tokens, tls);
  const kept = new Map<string, { readonly recipient: Recipient; readonly untilMs: number }>();

  function forgetOld(): void {
    for (const [userId, { untilMs }] of kept) {
      if (now() < untilMs) return;
      kept.delete(userId);
    }
  }

  function keep(userId: string, recipient: Recipient): void {
    kept.delete(userId);
    kept.set(userId, { recipient, untilMs: now() + KEPT_MS });
    const [oldest] = kept.keys();
    if (kept.size > KEPT_AT_MOST && oldest !== undefined) kept.delete(oldest);
  }

  return {
    async find(userId, signal) {
      forgetOld();
      const known = kept.get(userId);
      if (known !== undefined) return known.recipient;
      const profile = await profiles.read(userId, signal);
      if (profile === undefined) return undefined;
      const parsed = profileSchema.safeParse(profile);
      if (!parsed.success) throw new AppError("UNAVAILABLE", "The identity service's answer is not a profile.");
      if (parsed.data.email === "") return undefined;
      keep(userId, parsed.data);
      return parsed.data;
    },
  };
}

const profileSchema = z.object({ name: z.string(), email: z.string() });
