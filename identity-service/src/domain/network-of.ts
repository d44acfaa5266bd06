import { isIPv6 } from "node:net";

/**
 * What one customer of a network provider holds: of IPv6 a /64 (RFC 6177), of IPv4 the address itself, also where it comes
 * as IPv6 (`::ffff:192.0.2.1`, or `64:ff9b::192.0.2.1` where a translator stands before a network of IPv6 alone, RFC 6052).
 * What is no address stays as it is.
 */
export function networkOf(address: string): string {
  const [bare = ""] = address.split("%");
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  if (ofIPv4.includes(groups.slice(0, 6).join())) return groups.slice(6).flatMap(bytesOf).join(".");
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** The first six groups of addresses that end in one of IPv4. */
const ofIPv4 = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
].map(String);

/** The eight groups of a valid address. */
function groupsOf(address: string): number[] {
  const [head = [], tail = []] = address.split("::").map((half) => half.split(":").filter(Boolean).flatMap(toGroups));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** A part between colons is one group, or the last two in dots. */
function toGroups(part: string): number[] {
  if (!part.includes(".")) return [Number.parseInt(part, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

function bytesOf(group: number): number[] {
  return [group >> 8, group & 0xff];
}
