import "./jest-global-setup.ts";

/** Stops the servers that the global setup started and removes their folders. */
export default async function teardown(): Promise<void> {
  await Promise.all([globalThis.shopTestPostgres?.stop(), globalThis.shopTestMongoDesk?.close()]);
  globalThis.shopTestPostgres = undefined;
  globalThis.shopTestMongoDesk = undefined;
}
