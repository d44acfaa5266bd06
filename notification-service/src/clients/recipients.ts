import type { ServiceTokens } from "@shop/platform/auth";
import { AppError } from "@shop/platform/errors";
import { createProfileReader } from "@shop/platform/profile-reader";
import { z } from "zod";
import type { Recipient } from "./transport.ts";

/** The customers as messages need them. */
export interface Recipients {
  /** Whom to write to; undefined where the user does not exist any more. */
  find(userId: string, signal: AbortSignal): Promise<Recipient | undefined>;
}

/** The customers' profiles at the identity service. */
export function createRecipients(identityUrl: string, tokens: ServiceTokens): Recipients {
  const profiles = createProfileReader(identityUrl, tokens);
  return {
    async find(userId, signal) {
      const profile = await profiles.read(userId, signal);
      if (profile === undefined) return undefined;
      const parsed = profileSchema.safeParse(profile);
      if (!parsed.success) throw new AppError("UNAVAILABLE", "The identity service's answer is not a profile.");
      return parsed.data;
    },
  };
}

const profileSchema = z.object({ name: z.string(), email: z.string().min(1) });
