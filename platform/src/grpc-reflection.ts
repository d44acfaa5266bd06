import type { Server } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { fileDescriptors } from "@shop/protos/root";

/**
 * Shows services by reflection. Their descriptors are the compiler's own: those that proto-loader makes lack the
 * imports between files, so that a client cannot resolve a message that refers to another package.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  // The reflection service reads nothing of a definition but its files.
  const definition = { described: { fileDescriptorProtos: fileDescriptors() } } as unknown as PackageDefinition;
  new ReflectionService(definition, { services: [...services] }).addToServer(server);
}
