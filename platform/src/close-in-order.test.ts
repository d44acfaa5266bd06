import { closeInOrder } from "./close-in-order.ts";

test("closes in order, waiting for each", async () => {
  const closed: string[] = [];
  await closeInOrder(
    async () => {
      await Promise.resolve();
      closed.push("server");
    },
    () => closed.push("database"),
  );
  expect(closed).toEqual(["server", "database"]);
});

test("closes the rest although one fails, and tells what failed", async () => {
  const closed: string[] = [];
  const failing = () => Promise.reject(new Error("stuck"));
  await expect(closeInOrder(failing, () => closed.push("database"))).rejects.toThrow("stuck");
  await expect(closeInOrder(failing, failing)).rejects.toThrow("2 parts could not be closed.");
  expect(closed).toEqual(["database"]);
});
