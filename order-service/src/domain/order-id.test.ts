import { mintOrderId } from "./order-id.ts";

function minting(...ids: string[]): () => string {
  return () => ids.shift() ?? "none left";
}

test("mints past the digits that mean something to the sandbox", () => {
  expect(mintOrderId(minting("a0", "a1", "a2", "a3"), true)).toBe("a3");
});

test("takes the first id where there are no sandbox rules", () => {
  expect(mintOrderId(minting("a0", "a3"), false)).toBe("a0");
});
