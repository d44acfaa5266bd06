import fc from "fast-check";
import { networkOf } from "./network-of.ts";

describe("networkOf", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "192.0.2.1"],
    ["64:ff9b::c000:202", "192.0.2.2"],
    ["64:ff9b:1::192.0.2.1", "64:ff9b:1:0::/64"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.255", "192.0.2.255"],
    ["unknown", "unknown"],
    ["", ""],
  ])("of %p is %p", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it("is one for all addresses that begin with the same four groups, and another for others", () => {
    const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
    const at = (groups: number[]) => networkOf(groups.map((group) => group.toString(16)).join(":"));
    fc.assert(
      fc.property(half, half, half, half, ([first = 0, ...rest], other, lower, otherLower) => {
        // 2000::/3 is where addresses of the public network lie.
        const upper = [0x2000 | (first & 0x1fff), ...rest];
        expect(at([...upper, ...lower])).toBe(at([...upper, ...otherLower]));
        if (other.join() !== upper.join()) expect(at([...other, ...lower])).not.toBe(at([...upper, ...lower]));
      }),
    );
  });
});
