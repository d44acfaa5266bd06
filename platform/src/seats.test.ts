import { createSeats } from "./seats.ts";

test("gives as many places as there are, and each back once", () => {
  const seats = createSeats({ places: 2, placesPerUser: 2 });
  const first = seats.take("alice");
  seats.take("bob");

  expect(() => seats.take("carol")).toThrow(expect.objectContaining({ code: "OVERLOADED", retryAfterMs: 1000 }));

  first();
  first();
  expect(seats.taken).toBe(1);
  seats.take("alice");
  expect(() => seats.take("alice")).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
});

test("gives nobody so many that others are kept out", () => {
  const seats = createSeats({ places: 10, placesPerUser: 2 });
  const leave = [seats.take("alice"), seats.take("alice")];

  expect(() => seats.take("alice")).toThrow(expect.objectContaining({ code: "RATE_LIMITED", retryAfterMs: 1000 }));
  seats.take("bob");

  for (const each of leave) each();
  seats.take("alice");
  expect(seats.taken).toBe(2);
});
