import { createFileRegistry, type DescMessage, type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { fileDescriptors } from "@shop/protos/root";

/** An RPC as its descriptor describes it. */
export interface Method {
  /** Such as `/shop.orders.v1.OrderService/GetOrder`. */
  readonly path: string;
  /** Such as `shop.orders.v1.OrderService`. */
  readonly service: string;
  readonly input: DescMessage;
  readonly isStream: boolean;
}

/** Every RPC of every service that our descriptors know: ours, and grpc.health.v1's. */
export function allMethods(): Method[] {
  const file = fileDescriptors().map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const registry = createFileRegistry({ $typeName: FileDescriptorSetSchema.typeName, file });
  const methods: Method[] = [];
  for (const found of registry) if (found.kind === "service") methods.push(...found.methods.map(describe));
  return methods;
}

function describe({ name, parent, input, methodKind }: DescMethod): Method {
  const service = parent.typeName;
  return { path: `/${service}/${name}`, service, input, isStream: methodKind === "server_streaming" };
}
