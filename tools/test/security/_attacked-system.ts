import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Doors } from "./_doors.ts";
import type { AttackedShop } from "./_shop-process.ts";
import type { World } from "./_world.ts";

/** The running system as the generators of malformed requests want it. */
export async function attackedSystem({ system }: Doors, { users, people }: World): Promise<AttackedShop> {
  const { body } = await people.askAsVisitor("/oauth2/token", { grant_type: "client_credentials" });
  const { alice, oscar, admin } = users;
  return {
    grpc: system.grpcDoors,
    http: { gateway: new URL(system.restUrl).host, identity: new URL(system.identityUrl).host },
    tokens: { customer: alice, operator: oscar, Admin: admin, service: body.access_token },
  };
}

/** Every line that a service has logged as an error. */
export async function loggedErrors({ system: { logsDir } }: Doors): Promise<string[]> {
  const files = (await readdir(logsDir)).filter((name) => name.endsWith(".log"));
  const texts = await Promise.all(files.map((name) => readFile(join(logsDir, name), "utf8")));
  return texts.flatMap((text) => text.split("\n").filter((line) => /"log\.level":"(error|fatal)"/.test(line)));
}
