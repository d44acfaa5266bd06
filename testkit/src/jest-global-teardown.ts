import "./jest-global-setup.ts";

/** Stops the server that the global setup started and removes its folder. */
export default async function teardown(): Promise<void> {
  await globalThis.shopTestPostgres?.stop();
  globalThis.shopTestPostgres = undefined;
}
