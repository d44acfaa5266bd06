import { setTimeout as sleep } from "node:timers/promises";
import type { Doors } from "./_doors.ts";
import { newUser } from "./_rest-requests.ts";
import type { Target } from "./_targets.ts";
import type { World } from "./_world.ts";

/** A way for identity to take back a token that it has given. */
export interface Withdrawal {
  readonly name: string;
  /** Gets a good token. */
  begin(): Promise<{ readonly token: string; withdraw(): Promise<void> }>;
}

/** The longest that a withdrawn token may still open a door. */
export const WITHDRAWN_WITHIN_MS = 10_000;

const POLL_MS = 25;

/** How long the token went on opening each target, in milliseconds; Infinity where it still does. */
export async function timesToRefusal(targets: readonly Target[], token: string): Promise<number[]> {
  const startedAt = performance.now();
  return Promise.all(
    targets.map(async (target) => {
      for (;;) {
        const askedAt = performance.now() - startedAt;
        if ((await target.knock({ authorization: `Bearer ${token}` })) === undefined) return askedAt;
        if (askedAt > WITHDRAWN_WITHIN_MS) return Number.POSITIVE_INFINITY;
        await sleep(POLL_MS);
      }
    }),
  );
}

/** Every way by which identity takes tokens back, each through its own routes. The last changes the keys for all. */
export function withdrawals(doors: Doors, { people, users }: World): Withdrawal[] {
  const asAdmin = { authorization: `Bearer ${users.admin}` };
  const revoke = async (token: string, hint: string) => {
    const form = new URLSearchParams({ token, token_type_hint: hint });
    const answer = await doors.identity("/oauth2/revoke", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  };

  async function deletable(): Promise<{ userId: string; username: string; password: string }> {
    const user = newUser({ role: "Admin" }) as { username: string; password: string };
    const answer = await doors.identity("/users", {
      method: "POST",
      headers: { ...asAdmin, "content-type": "application/json" },
      body: JSON.stringify(user),
    });
    expect(answer.status).toBe(201);
    return { ...user, userId: JSON.parse(answer.body).userId };
  }

  return [
    {
      name: "a deleted user's token",
      async begin() {
        const { userId, username, password } = await deletable();
        const { access } = await people.logIn(username, password);
        const withdraw = async () => {
          const answer = await doors.identity(`/users/${userId}`, { method: "DELETE", headers: asAdmin });
          expect(answer.status).toBe(204);
        };
        return { token: access, withdraw };
      },
    },
    {
      name: "a revoked access token",
      async begin() {
        const { access } = await people.logIn("admin");
        return { token: access, withdraw: () => revoke(access, "access_token") };
      },
    },
    {
      name: "a token of a login whose refresh token was revoked",
      async begin() {
        const { access, refresh } = await people.logIn("admin");
        return { token: access, withdraw: () => revoke(refresh, "refresh_token") };
      },
    },
    {
      name: "a removed key's token",
      async begin() {
        const { access } = await people.logIn("admin");
        const header = JSON.parse(Buffer.from(access.split(".")[0] ?? "", "base64url").toString());
        const withdraw = async () => {
          const answer = await doors.identity(`/keys/${header.kid}`, { method: "DELETE", headers: asAdmin });
          expect(answer.status).toBe(204);
        };
        return { token: access, withdraw };
      },
    },
  ];
}
