import { createHash } from "node:crypto";
import { networkOf } from "./network-of.ts";

/** Which account a login is for, and from which network: as hashes, which are short and name nobody. */
export interface LoginOrigin {
  /** The account's name, whether there is such an account or not. */
  readonly account: string;
  readonly network: string;
  /** Both together. */
  readonly pair: string;
}

/** The origin of a login as `username` from `address`. */
export function loginOrigin(username: string, address: string): LoginOrigin {
  const network = networkOf(address);
  return { account: hashOf([username]), network: hashOf([network]), pair: hashOf([network, username]) };
}

function hashOf(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("base64url");
}
