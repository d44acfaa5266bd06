import { readAnswer } from "./door.ts";
import { fromGrpcOrder, fromRestOrder, type GrpcOrder, type RestOrder } from "./order-json.ts";

const sent = { sentAt: 1, durationMs: 2 };

test("an answer holds what is read of it", () => {
  expect(readAnswer(sent, () => 3)).toEqual({ ...sent, value: 3 });
});

test.each<[string, () => unknown]>([
  ["a page instead of JSON", () => JSON.parse("<html>")],
  ["nothing", () => fromGrpcOrder((null as unknown as { order: GrpcOrder }).order)],
  ["an order without lines", () => fromRestOrder({ id: "1", status: "Completed" } as RestOrder)],
])("an answer that is %s is an error, not an exception that nobody counts", (_, read) => {
  expect(readAnswer(sent, read)).toEqual({ ...sent, error: "UNREADABLE" });
});
