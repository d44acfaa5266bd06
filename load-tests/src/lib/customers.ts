import { SharedArray } from "k6/data";
import type { Customers } from "./basket.ts";

/** One copy for all virtual users: k6 shares arrays only, so it is an array of one. */
const shared = new SharedArray<Customers>("customers", () => [
  JSON.parse(open(import.meta.resolve("../../data/customers.json"))) as Customers,
]);

export const customers: Customers = shared[0] as Customers;
