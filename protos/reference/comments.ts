import type { DescEnum, DescEnumValue, DescField, DescMessage, DescMethod, DescService } from "@bufbuild/protobuf";
import {
  DescriptorProtoSchema,
  EnumDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

type Commented = DescService | DescMethod | DescMessage | DescField | DescEnum | DescEnumValue;

/** The comment above something in its .proto file; empty where there is none. */
export type CommentOf = (described: Commented) => string;

/** The comments of one file, which knows the place of each by the numbers of the fields on the way there. */
export function commentsOf({ sourceCodeInfo }: FileDescriptorProto): CommentOf {
  const locations = sourceCodeInfo?.location ?? [];
  const byPath = new Map(locations.map(({ path, leadingComments }) => [path.join(), leadingComments]));
  return (described) => (byPath.get(pathTo(described).join()) ?? "").replace(/^ /gm, "").trim();
}

const inFile = FileDescriptorProtoSchema.field;
const inService = ServiceDescriptorProtoSchema.field;
const inMessage = DescriptorProtoSchema.field;
const inEnum = EnumDescriptorProtoSchema.field;

function pathTo(described: Commented): number[] {
  const { kind, name } = described;
  const step = ({ number }: { number: number }, siblings: readonly { name: string }[]) => [
    number,
    siblings.findIndex((sibling) => sibling.name === name),
  ];
  switch (kind) {
    case "service":
      return step(inFile.service, described.file.proto.service);
    case "rpc":
      return [...pathTo(described.parent), ...step(inService.method, described.parent.proto.method)];
    case "message":
      return described.parent
        ? [...pathTo(described.parent), ...step(inMessage.nestedType, described.parent.proto.nestedType)]
        : step(inFile.messageType, described.file.proto.messageType);
    case "field":
      return [...pathTo(described.parent), ...step(inMessage.field, described.parent.proto.field)];
    case "enum":
      return described.parent
        ? [...pathTo(described.parent), ...step(inMessage.enumType, described.parent.proto.enumType)]
        : step(inFile.enumType, described.file.proto.enumType);
    case "enum_value":
      return [...pathTo(described.parent), ...step(inEnum.value, described.parent.proto.value)];
    default:
      return kind satisfies never;
  }
}
