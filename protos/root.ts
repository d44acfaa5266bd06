import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The folders in which `import "…"` of our .proto files is looked up: ours, then Google's. */
export const protoIncludeDirs: readonly string[] = [
  import.meta.dirname,
  dirname(require.resolve("google-proto-files/package.json")),
];

/** The absolute path of one of our .proto files, such as `shop/orders/v1/orders.proto`. */
export function protoFile(path: string): string {
  return join(import.meta.dirname, path);
}
