import http from "k6/http";
import { isAffordable, type Product } from "./basket.ts";
import { type RestMoney, restCents } from "./order-json.ts";
import type { Settings } from "./settings.ts";

interface ProductJson {
  readonly id: string;
  readonly price: RestMoney;
  readonly available: number;
}

/** The products that the tests order: those of the first page of the catalogue that everybody can afford. */
export function readCatalogue({ baseUrl }: Settings): Product[] {
  const res = http.get(`${baseUrl}/api/products?pageSize=100`, { tags: { name: "GET /api/products" } });
  if (res.status !== 200) throw new Error(`The catalogue at ${baseUrl} was answered with ${res.status || res.error}.`);
  const { products } = res.json() as unknown as { products: ProductJson[] };
  const affordable = products
    .map(({ id, price, available }) => ({ id, priceCents: restCents(price), available }))
    .filter(isAffordable);
  if (affordable.length === 0) throw new Error(`The catalogue at ${baseUrl} has nothing for at most 150.00.`);
  return affordable;
}
