import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BinaryReader } from "@bufbuild/protobuf/wire";

const require = createRequire(import.meta.url);

/** The folders in which `import "…"` of our .proto files is looked up: ours, then Google's. */
export const protoIncludeDirs: readonly string[] = [
  import.meta.dirname,
  dirname(require.resolve("google-proto-files/package.json")),
];

/** The reference of all contracts as a page. `generate.ts` writes it. */
export const referenceFile = join(import.meta.dirname, "gen", "reference.html");

/** The absolute path of one of our .proto files, such as `shop/orders/v1/orders.proto`. */
export function protoFile(path: string): string {
  return join(import.meta.dirname, path);
}

/**
 * All our .proto files, the one of grpc.health.v1 and those that they import, as the compiler describes them: each a serialised
 * google.protobuf.FileDescriptorProto. `generate.ts` writes them.
 */
export function fileDescriptors(): Buffer[] {
  const reader = new BinaryReader(readFileSync(join(import.meta.dirname, "gen", "descriptors.binpb")));
  const files: Buffer[] = [];
  // A FileDescriptorSet is nothing but its files, each as field 1.
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === 1) files.push(Buffer.from(reader.bytes()));
    else reader.skip(wireType, field);
  }
  return files;
}
