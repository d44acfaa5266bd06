import { create, createFileRegistry, fromBinary, type Registry } from "@bufbuild/protobuf";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { addReflection } from "./grpc-reflection.ts";

const server = new Server();
let client: Client;

beforeAll(async () => {
  addReflection(server, ["shop.orders.v1.OrderService", "grpc.health.v1.Health"]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (err, bound) =>
      err ? reject(err) : resolve(bound),
    );
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterAll(() => {
  client.close();
  server.forceShutdown();
});

test.each(["shop.orders.v1.OrderService", "grpc.health.v1.Health"])(
  "answers for %s with all the files that a client needs to build its requests",
  async (service) => {
    const registry = link(await filesContaining(service));
    expect(registry.getService(service)?.methods.length).toBeGreaterThan(0);
  },
);

test("keeps the names of fields as they are written", async () => {
  const line = link(await filesContaining("shop.orders.v1.OrderService")).getMessage("shop.orders.v1.NewOrderItem");
  expect(line?.fields.map(({ name }) => name)).toEqual(["product_id", "quantity", "expected_unit_price"]);
});

/** Throws where a file imports one that is missing, or a field's type is in none of them. */
function link(files: Uint8Array[]): Registry {
  const file = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  return createFileRegistry(create(FileDescriptorSetSchema, { file: inImportOrder(file) }));
}

function inImportOrder<File extends { name: string; dependency: string[] }>(files: File[]): File[] {
  const ordered = new Set<File>();
  const add = (file: File) => {
    for (const name of file.dependency) {
      const imported = files.find((other) => other.name === name);
      if (imported !== undefined) add(imported);
    }
    ordered.add(file);
  };
  files.forEach(add);
  return [...ordered];
}

/** Asks for `file_containing_symbol`, field 4; the answer's field 4 holds the files, each as field 1. */
async function filesContaining(symbol: string): Promise<Uint8Array[]> {
  const same = (bytes: Buffer) => bytes;
  const stream = client.makeBidiStreamRequest("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", same, same);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    stream.on("data", resolve).on("error", reject);
    stream.write(Buffer.concat([Buffer.from([0x22, symbol.length]), Buffer.from(symbol)]));
    stream.end();
  });
  return fieldsOf(answer, 4).flatMap((files) => fieldsOf(files, 1));
}

function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}
