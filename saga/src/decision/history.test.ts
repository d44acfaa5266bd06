import { cleanMessage } from "./history.ts";

test.each([
  ["keeps what anybody may read", "no seat left: 12A \u{1F600}", "no seat left: 12A \u{1F600}"],
  ["drops every NUL", "no\0 seat\0", "no seat"],
  ["replaces half characters", "\ud83d no \ude00", "\ufffd no \ufffd"],
  ["keeps 500 characters", "x".repeat(501), "x".repeat(500)],
  ["replaces the character that its limit cuts in two", `${"x".repeat(499)}\u{1F600}`, `${"x".repeat(499)}\ufffd`],
])("%s", (_, message, cleaned) => {
  expect(cleanMessage(message)).toBe(cleaned);
});
