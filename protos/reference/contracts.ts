import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type CommentOf, commentsOf } from "./comments.ts";

/** One package of the contracts, such as `shop.orders.v1`. */
export interface Contract {
  readonly name: string;
  readonly services: readonly Service[];
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
}

/** What everything that is described has. */
export interface Described {
  /** As its package knows it, such as `HealthCheckResponse.ServingStatus`. */
  readonly name: string;
  /** As everybody knows it, such as `shop.orders.v1.Order`. */
  readonly fullName: string;
  /** The comment above it; empty where there is none. */
  readonly comment: string;
}

export interface Service extends Described {
  readonly methods: readonly Method[];
}

export interface Method extends Described {
  readonly request: StreamedType;
  readonly response: StreamedType;
}

export interface StreamedType {
  readonly isStream: boolean;
  readonly type: Type;
}

export interface Message extends Described {
  readonly fields: readonly Field[];
}

export interface Field extends Described {
  readonly number: number;
  readonly type: Type;
  /** The choice that it belongs to: of those fields at most one is set. */
  readonly oneof?: string;
}

export interface Enum extends Described {
  readonly values: readonly (Described & { readonly number: number })[];
}

/** A type as a .proto file writes it: `before` and `after` stand around its name, as in `repeated Order`. */
export interface Type {
  readonly before: string;
  readonly name: string;
  readonly after: string;
  /** The full name of a message or an enum; absent where the type is a scalar. */
  readonly fullName?: string;
}

/** The packages with a service among these files, a serialised google.protobuf.FileDescriptorSet with comments. */
export function readContracts(descriptors: Uint8Array): Contract[] {
  const { files } = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  const byPackage = Map.groupBy(files, (file) => file.proto.package);
  return [...byPackage]
    .map(([name, together]) => toContract(name, [...together]))
    .filter(({ services }) => services.length > 0)
    .sort((left, right) => placeOf(left) - placeOf(right) || left.name.localeCompare(right.name, "en"));
}

/** Who comes here comes for the orders; what is not about the shop's business comes last. */
function placeOf({ name }: Contract): number {
  if (name === "shop.orders.v1") return 0;
  return name.startsWith("shop.") && name !== "shop.batch.v1" ? 1 : 2;
}

function toContract(name: string, files: readonly DescFile[]): Contract {
  const perFile = files.map((file) => {
    const comment = commentsOf(file.proto);
    const messages = file.messages.flatMap(withNested);
    return {
      services: file.services.map((service) => toService(service, comment)),
      messages: messages.map((message) => toMessage(message, comment)),
      enums: [...file.enums, ...messages.flatMap((message) => message.nestedEnums)].map((one) => toEnum(one, comment)),
    };
  });
  return {
    name,
    services: perFile.flatMap(({ services }) => services),
    messages: perFile.flatMap(({ messages }) => messages),
    enums: perFile.flatMap(({ enums }) => enums),
  };
}

function withNested(message: DescMessage): DescMessage[] {
  const nested = message.nestedMessages.filter(({ proto }) => proto.options?.mapEntry !== true);
  return [message, ...nested.flatMap(withNested)];
}

function toService(service: DescService, comment: CommentOf): Service {
  const { name, typeName: fullName } = service;
  return { name, fullName, comment: comment(service), methods: service.methods.map((one) => toMethod(one, comment)) };
}

function toMethod(method: DescMethod, comment: CommentOf): Method {
  const { name, parent, proto, input, output } = method;
  return {
    name,
    fullName: `${parent.typeName}.${name}`,
    comment: comment(method),
    request: { isStream: proto.clientStreaming, type: typeNamed(input, parent.file) },
    response: { isStream: proto.serverStreaming, type: typeNamed(output, parent.file) },
  };
}

function toMessage(message: DescMessage, comment: CommentOf): Message {
  return {
    name: localName(message),
    fullName: message.typeName,
    comment: comment(message),
    fields: message.fields.map((field) => ({
      name: field.name,
      fullName: `${message.typeName}.${field.name}`,
      comment: comment(field),
      number: field.number,
      type: typeOf(field, message.file),
      oneof: field.oneof?.name,
    })),
  };
}

function toEnum(described: DescEnum, comment: CommentOf): Enum {
  return {
    name: localName(described),
    fullName: described.typeName,
    comment: comment(described),
    values: described.values.map((value) => ({
      name: value.name,
      fullName: `${described.typeName}.${value.name}`,
      comment: comment(value),
      number: value.number,
    })),
  };
}

function typeOf(field: DescField, file: DescFile): Type {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(field.scalar);
    case "message":
      return typeNamed(field.message, file);
    case "enum":
      return typeNamed(field.enum, file);
    case "list":
      return { ...elementOf(field, file), before: "repeated " };
    case "map":
      return { ...elementOf(field, file), before: `map<${scalar(field.mapKey).name}, `, after: ">" };
    default:
      return field satisfies never;
  }
}

function elementOf(field: DescField & { fieldKind: "list" | "map" }, file: DescFile): Type {
  if (field.message) return typeNamed(field.message, file);
  if (field.enum) return typeNamed(field.enum, file);
  return scalar(field.scalar);
}

function scalar(type: ScalarType): Type {
  return { before: "", name: ScalarType[type].toLowerCase(), after: "" };
}

/** A type is known by its short name in its own package. */
function typeNamed(type: DescMessage | DescEnum, file: DescFile): Type {
  const isOwn = type.file.proto.package === file.proto.package;
  return { before: "", name: isOwn ? localName(type) : type.typeName, after: "", fullName: type.typeName };
}

function localName({ typeName, file }: DescMessage | DescEnum): string {
  return typeName.slice(file.proto.package.length + 1);
}
