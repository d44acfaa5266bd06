import type { Doors } from "./_doors.ts";
import type { GrpcDoor } from "./_rpcs.ts";

/** A request of grpc.reflection.v1 to list all services: field 7, one star. */
const listServices = Buffer.from([0x3a, 0x01, 0x2a]);

/** The services that a server shows by reflection, but for reflection itself; undefined where it has none. */
export async function reflectedServices(doors: Pick<Doors, "call">, door: GrpcDoor): Promise<string[] | undefined> {
  const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  const { code, messages } = await doors.call(path, {}, listServices, door);
  if (code === "UNIMPLEMENTED") return undefined;
  const text = Buffer.concat(messages).toString("latin1");
  const names = text.match(/(?:shop|grpc)(?:\.\w+)+/g) ?? [];
  return [...new Set(names)].filter((name) => !name.startsWith("grpc.reflection.")).toSorted();
}
