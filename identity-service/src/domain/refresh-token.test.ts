import { judgeRefresh, type RefreshTokenState } from "./refresh-token.ts";

const fresh: RefreshTokenState = {
  family: { id: "1", userId: "2", clientId: "shop", scope: ["orders"] },
  role: "customer",
  isUsed: false,
  isOver: false,
};

describe("judgeRefresh", () => {
  it.each([
    ["rotates a fresh token", fresh, "shop", "rotate"],
    ["ends the family of a used one", { ...fresh, isUsed: true }, "shop", "revoke-family"],
    ["refuses an unknown one", undefined, "shop", "refuse"],
    ["refuses one whose family is over", { ...fresh, isOver: true }, "shop", "refuse"],
    ["refuses a used one whose family is over", { ...fresh, isUsed: true, isOver: true }, "shop", "refuse"],
    ["refuses another client", fresh, "other", "refuse"],
    ["lets another client end nothing", { ...fresh, isUsed: true }, "other", "refuse"],
  ])("%s", (_case, state, clientId, verdict) => {
    expect(judgeRefresh(state, clientId)).toBe(verdict);
  });
});
