import { collectViolations } from "./validation.ts";

test("reports everything that is wrong, in order, by field", () => {
  const violations = collectViolations();
  violations.uuid("order_id", "42");
  violations.text("city", " ", { maxLength: 200, required: true });
  violations.text("street", "a\u0000b", { maxLength: 200 });
  violations.text("state", "x".repeat(201), { maxLength: 200 });
  violations.text("key", "\ufffd\ufffd", { maxLength: 200 });
  violations.text("half", "a\ud83d", { maxLength: 200 });
  violations.integer("quantity", 0, { min: 1, max: 10_000 });

  expect(violations.list).toEqual([
    { field: "order_id", message: "must be a UUID" },
    { field: "city", message: "is required" },
    { field: "street", message: "must not contain the character U+0000" },
    { field: "state", message: "must have at most 200 characters" },
    { field: "key", message: "must not contain U+FFFD, which stands for bytes that are not UTF-8" },
    { field: "half", message: "must be well-formed Unicode" },
    { field: "quantity", message: "must be an integer from 1 to 10,000" },
  ]);
});

test("finds nothing wrong with good values and gives ids in small letters", () => {
  const violations = collectViolations();

  expect(violations.uuid("order_id", "01900000-0000-7000-8000-00000000A11C")).toBe(
    "01900000-0000-7000-8000-00000000a11c",
  );
  expect(violations.text("state", "", { maxLength: 200 })).toBe("");
  expect(violations.integer("quantity", 10_000, { min: 1, max: 10_000 })).toBe(10_000);
  expect(violations.list).toEqual([]);
});

test("counts characters as people do, also those that JavaScript counts as two", () => {
  const violations = collectViolations();

  violations.text("street", "\u{1f3e0}".repeat(200), { maxLength: 200 });
  expect(violations.list).toEqual([]);

  violations.text("street", "\u{1f3e0}".repeat(201), { maxLength: 200 });
  expect(violations.list).toEqual([{ field: "street", message: "must have at most 200 characters" }]);
});
