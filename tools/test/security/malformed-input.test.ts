import { seedOfRun } from "./_dice.ts";
import { type Door, fireMalformed, openDoors, placeGoodOrder } from "./_fuzz-grpc.ts";
import { fireMalformedRequests, httpFaultOf } from "./_fuzz-http.ts";
import { oddFramings } from "./_http-framing.ts";
import { exchangeRaw } from "./_http-gun.ts";
import { gatewayRoutes, identityRoutes } from "./_http-routes.ts";
import { openShopProcess, type ShopProcess } from "./_shop-process.ts";

const seed = seedOfRun();
/** A door that has not ended a connection by then leaves it open. */
const readMs = 3000;
let shop: ShopProcess;
let doors: Door[];

beforeAll(async () => {
  shop = await openShopProcess();
  doors = await openDoors(shop);
}, 60_000);

afterEach(async () => {
  expect((await shop.condition()).errors).toEqual([]);
});

afterAll(async () => {
  for (const { gun } of doors ?? []) gun.close();
  await shop?.close();
}, 30_000);

test("answers some hundred malformed messages at every gRPC door with the caller's fault", async () => {
  const { faults } = await fireMalformed(doors, 300, seed);
  expect(faults).toEqual([]);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
});

test("answers some hundred malformed requests at both HTTP doors with a problem of the caller's", async () => {
  const routes = [...(await gatewayRoutes(shop.http.gateway)), ...identityRoutes];
  const { faults } = await fireMalformedRequests(shop, routes, 300, seed);
  expect(faults).toEqual([]);
  await expect(placeGoodOrder(shop)).resolves.toBe(201);
});

test.each([
  ["gateway", "/auth/login"],
  ["identity", "/login"],
] as const)("takes no framing of HTTP for another than it is at the %s, and says what is wrong", async (door, path) => {
  const outcomes = oddFramings(path).map(async ({ name, bytes, mostAnswers }) => {
    const { answers, isClosed } = await exchangeRaw(shop.http[door], bytes, readMs);
    const faults = answers.map((answer) => httpFaultOf(answer)).filter((fault) => fault !== undefined);
    if (answers.length > mostAnswers) faults.push(`${answers.length} answers`);
    if (answers.length === 0) faults.push("no answer");
    if (!isClosed) faults.push("left open");
    return faults.map((fault) => `${name}: ${fault}`);
  });
  expect((await Promise.all(outcomes)).flat()).toEqual([]);
});
