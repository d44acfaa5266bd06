import type { KeyObject } from "node:crypto";
import { attackerKey, compact, type Forge, type ForgedToken, from, signerOf } from "./forge.ts";

/** Tokens that say where their key is to be found. */
export function forgedKeys(forge: Forge): ForgedToken[] {
  return [...broughtKeys(forge), ...secretsByKid(forge), ...strangeKids(forge), ...signedWithStrangeKids(forge)];
}

/** The attacker's own key, in the header or behind an address in it. */
function broughtKeys({ header, fresh }: Forge): ForgedToken[] {
  const { privateKey, jwk } = attackerKey("P-256");
  const own = (changes: object, kid: unknown = header.kid) => by(privateKey, { ...header, ...changes, kid }, fresh());
  const certificate = Buffer.from(privateKey.export({ type: "pkcs8", format: "der" })).toString("base64");
  const address = "http://127.0.0.1:9/keys.json";
  return [
    ...from("RFC 8725, 3.10: an address in a token is never followed", [
      ["jku of the attacker's keys under the real kid", own({ jku: address })],
      ["jku of the attacker's keys under a kid of theirs", own({ jku: address }, "attacker")],
      ["x5u of the attacker's certificate", own({ x5u: address })],
      ["jku and x5u together", own({ jku: address, x5u: address }, undefined)],
    ]),
    ...from("RFC 7515, 4.1.3 and 4.1.6; CVE-2018-0114: a key in a token proves nothing", [
      ["the attacker's key as embedded jwk under the real kid", own({ jwk })],
      ["the attacker's key as embedded jwk that bears the real kid", own({ jwk: { ...jwk, kid: header.kid } })],
      ["the attacker's key as embedded jwk and no kid", own({ jwk }, undefined)],
      ["the attacker's certificate as x5c", own({ x5c: [certificate] })],
      ["the attacker's certificate as x5c and no kid", own({ x5c: [certificate] }, undefined)],
      ["the attacker's keys as an embedded JWKS", own({ jwks: { keys: [jwk] } }, undefined)],
    ]),
  ];
}

/** Texts that lead a look-up by `kid` to a secret that the attacker knows. */
function secretsByKid({ header, fresh }: Forge): ForgedToken[] {
  const hmac = (kid: string, secret: string) =>
    compact({ ...header, alg: "HS256", kid }, fresh(), signerOf("HS256", secret));
  return from("RFC 8725, 3.10: kid is a name to look up, never a path, a query or a command", [
    ["kid as a path to an empty file", hmac("../../../../../../../../dev/null", "")],
    ["kid as an absolute path to an empty file", hmac("/dev/null", "")],
    ["kid as a path with a NUL", hmac("../../../../dev/null\u0000.pem", "")],
    ["kid as a path to a file whose content is known", hmac("../../../../proc/sys/kernel/randomize_va_space", "2\n")],
    ["kid as a file's address", hmac("file:///dev/null", "")],
    ["kid with SQL that selects the secret", hmac("x' UNION SELECT 'attacker' -- ", "attacker")],
    ["kid with SQL that is always true", hmac("' OR '1'='1", "")],
    ["kid with a query for a document", hmac('{"$ne": null}', "")],
    ["kid with a command", hmac("key.pem; sleep 10", "")],
  ]);
}

/** The attacker's own key under names that a careless map knows, or chokes on. */
function strangeKids({ header, fresh }: Forge): ForgedToken[] {
  const { privateKey } = attackerKey("P-256");
  return from(
    "RFC 7515, 4.1.4: kid is a text, and names a known key or none",
    strangeNames(header.kid).map(([name, kid]) => [
      `${name}, by the attacker's key`,
      by(privateKey, { ...header, kid }, fresh()),
    ]),
  );
}

/** With a shared secret there is one key, whatever it is called. */
function signedWithStrangeKids({ signed, jwk, header }: Forge): ForgedToken[] {
  if (signed === undefined || jwk === undefined) return [];
  return from(
    "RFC 7515, 4.1.4: no guess which key might be meant",
    strangeNames(header.kid).map(([name, kid]) => [`${name}, by the real key`, signed({ header: { kid } })]),
  );
}

function strangeNames(real: unknown): [name: string, kid: unknown][] {
  return [
    ["no kid", undefined],
    ["an empty kid", ""],
    ["kid null", null],
    ["kid as a number", 0],
    ["kid as a list", [real]],
    ["kid as an object", { kid: real }],
    ["kid of 3,000 characters", "k".repeat(3000)],
    ["kid __proto__", "__proto__"],
    ["kid constructor", "constructor"],
    ["kid with a blank after the real one", `${real} `],
    ["kid with a NUL after the real one", `${real}\u0000`],
    ["kid *", "*"],
  ];
}

function by(key: KeyObject, header: object, claims: object): string {
  return compact({ ...header, alg: "ES256" }, claims, signerOf("ES256", key));
}
