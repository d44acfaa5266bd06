import { createSeats } from "./seats.ts";

test("gives as many places as there are, and each back once", () => {
  const seats = createSeats(2, "full");
  const first = seats.take();
  seats.take();

  expect(() => seats.take()).toThrow(
    expect.objectContaining({ code: "OVERLOADED", message: "full", retryAfterMs: 1000 }),
  );

  first();
  first();
  expect(seats.taken).toBe(1);
  seats.take();
  expect(() => seats.take()).toThrow("full");
});
