import type { JsonWebKey } from "node:crypto";
import { type KeySet, keySetOf, type PublicKeys, readKeySet, renewedKeys, secretKeySet } from "./auth-keys.ts";
import { createPolledDocument } from "./auth-polled-document.ts";
import { maxRevocationBytes, noRevocations, type Revocations, readRevocations } from "./auth-revocations.ts";
import type { Log } from "./logging.ts";
import type { Metrics } from "./metrics.ts";
import type { Tls } from "./tls.ts";

/** What tokens are verified against now. Where it changes, the answer is another object. */
export interface Rules {
  /** Undefined before the first reading. */
  keys(): KeySet | undefined;
  revocations(): Revocations;
  /** Reads both for the first time, within a limit, and goes on reading them. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Rules that the identity service publishes. */
export interface PublishedRules {
  /** Where the identity service is. */
  url: string;
  /** The secret that tokens are signed with where that is HS256; no published key is used then. */
  jwtSecret?: string;
  log: Log;
  /** Where the ages of the keys and of the revocations are told; nowhere where it is left out. */
  metrics?: Metrics;
  /** How often they are read again, in milliseconds; default 5,000. */
  pollMs?: number;
  /** By what an https address is known. */
  tls?: Tls;
}

/** Rules of this process. A function is asked each time, and answers the same object until something has changed. */
export interface OwnRules {
  /** Public keys as JWKs, each with its `kid`. */
  keys: readonly JsonWebKey[] | (() => readonly JsonWebKey[]);
  /** As for published rules. */
  jwtSecret?: string;
  /** What has been taken back, as {@link revocationEntry} names it; default nothing. */
  revocations?: () => Revocations;
}

/** How long a start waits for the keys. Then it goes on: polling does too, and nothing can be verified yet. */
const keysWithinMs = 15_000;

const maxJwksBytes = 100_000;

/** Creates rules that follow what the identity service publishes; see {@link createPolledDocument}. */
export function publishedRules({ url, jwtSecret, log, metrics, pollMs = 5000, tls }: PublishedRules): Rules {
  const secretKeys = jwtSecret === undefined ? undefined : secretKeySet(jwtSecret);
  const keys = createPolledDocument<PublicKeys>({
    url: `${url}/.well-known/jwks.json`,
    name: "verification keys",
    maxBytes: maxJwksBytes,
    read: keyReader(log),
    pollMs,
    log,
    tls,
  });
  const revocations = createPolledDocument<Revocations>({
    url: `${url}/revocations`,
    name: "revocations",
    maxBytes: maxRevocationBytes,
    read: readRevocations,
    pollMs,
    log,
    tls,
  });
  const keysAge = { name: "token_keys_age_seconds", help: "Seconds since the verification keys were last read" };
  const revocationsAge = {
    name: "token_revocations_age_seconds",
    help: "Seconds since the revocations were last read: more than 10 and what is revoked now goes on being accepted",
  };
  if (secretKeys === undefined) metrics?.gauge({ ...keysAge, collect: async () => keys.ageSeconds() });
  metrics?.gauge({ ...revocationsAge, collect: async () => revocations.ageSeconds() });
  return {
    keys: () => secretKeys ?? keys.current(),
    revocations: () => revocations.current() ?? noRevocations,
    async start() {
      if (secretKeys === undefined) await keys.start(keysWithinMs);
      // Identity is there now, or given up for now: one reading is enough to wait for.
      await revocations.start(0);
    },
    async close() {
      await Promise.all([keys.close(), revocations.close()]);
    },
  };
}

/** The document is read often; what is wrong with it is told when that changes. */
function keyReader(log: Log): (body: unknown, before: PublicKeys | undefined) => PublicKeys {
  let toldFaults = "";
  return (body, before) => {
    const { keys, faults } = readKeySet(body);
    const text = faults.join("; ");
    if (text !== toldFaults && text !== "") log.warn({ reason: text }, "malformed verification keys left out");
    toldFaults = text;
    return renewedKeys(before, keys);
  };
}

/** Creates rules from what this process itself knows. Throws where one of the keys is malformed. */
export function ownRules({ keys, jwtSecret, revocations = () => noRevocations }: OwnRules): Rules {
  const secretKeys = jwtSecret === undefined ? undefined : secretKeySet(jwtSecret);
  const current = typeof keys === "function" ? keys : () => keys;
  let known = { jwks: current(), keys: soundKeys(current()) };

  function ownKeys(): PublicKeys {
    const jwks = current();
    if (jwks !== known.jwks) known = { jwks, keys: renewedKeys(known.keys, soundKeys(jwks)) };
    return known.keys;
  }

  return {
    keys: () => secretKeys ?? ownKeys(),
    revocations,
    start: async () => {},
    close: async () => {},
  };
}

function soundKeys(jwks: readonly JsonWebKey[]): PublicKeys {
  const { keys, faults } = keySetOf(jwks);
  if (faults.length > 0) throw new Error(`Malformed verification keys: ${faults.join("; ")}.`);
  return keys;
}
