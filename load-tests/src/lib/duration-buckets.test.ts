import { bucketName, bucketOf, DURATION_BUCKETS } from "./duration-buckets.ts";

test("a duration falls into the bucket that ends above it", () => {
  expect([0, 9.99, 10, 499.9, 500, 4999, 5000, 60_000].map(bucketOf).map(bucketName)).toEqual([
    "10",
    "10",
    "20",
    "500",
    "750",
    "5000",
    "more",
    "more",
  ]);
});

test("the limits of the tests are ends of buckets", () => {
  expect(DURATION_BUCKETS).toEqual(expect.arrayContaining([500, 1000]));
});
