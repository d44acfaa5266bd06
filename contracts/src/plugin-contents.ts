import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  type Registry,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { callMetadata, type RpcBoundary, type RpcInteraction, type RpcMetadata } from "./interaction.ts";
import { type Expected, exampleOf, isList, isMatcher, type Json, type Matcher } from "./match.ts";
import { toStatus } from "./rpc-error.ts";

const protos = join(import.meta.dirname, "..", "..", "protos");
/** Where Google's protos are, which ours import. */
const googleProtos = dirname(createRequire(join(protos, "package.json")).resolve("google-proto-files/package.json"));

/**
 * An interaction in the words of Pact's protobuf plugin:
 * https://github.com/pact-foundation/pact-protobuf-plugin#the-protobuf-test-configuration. Fields have the names of the
 * proto, and a value that is no matcher has to be equal. Matchers are expressions:
 * https://github.com/pact-foundation/pact-plugins/blob/main/docs/matching-rule-definition-expressions.md
 */
export function pluginContents(boundary: RpcBoundary, interaction: RpcInteraction): Json {
  const { proto, service } = boundary;
  const { method: name, request, response } = interaction;
  const method = descriptors()
    .getService(service)
    ?.methods.find((one) => one.name === name);
  if (method === undefined) throw new Error(`${service} has no method ${name}`);
  return {
    "pact:proto": join(protos, proto),
    "pact:proto-service": `${service.slice(service.lastIndexOf(".") + 1)}/${name}`,
    "pact:content-type": "application/grpc",
    "pact:protobuf-config": { additionalIncludes: [protos, googleProtos] },
    request: messageOf(request, method.input),
    requestMetadata: metadataOf(callMetadata(boundary, interaction)),
    ...("message" in response
      ? { response: messageOf(response.message, method.output) }
      : { responseMetadata: errorMetadata(toStatus(response.error), response.error.code) }),
  };
}

/** The details are compared as they are; whoever stands between the plugin and a provider leaves only what is declared. */
function errorMetadata({ details, metadata }: ReturnType<typeof toStatus>, code: string): Json {
  const status = metadata.get("grpc-status-details-bin")[0];
  return {
    "grpc-status": code,
    "grpc-message": details,
    "grpc-status-details-bin": Buffer.from(status as Buffer).toString("base64"),
  };
}

function metadataOf(metadata: RpcMetadata): Json {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, isMatcher(value) ? expression(value) : value]),
  );
}

let known: Registry | undefined;

/** What the protos declare, as it was compiled when the code was generated. */
function descriptors(): Registry {
  known ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, readFileSync(join(protos, "gen", "descriptors.binpb"))),
  );
  return known;
}

function messageOf(expected: Expected, type: DescMessage, isByType = false): Json {
  if (isMatcher(expected)) {
    if (expected.$match === "type") return messageOf(expected.example, type, true);
    throw new Error(`a message ${type.typeName} can be expected by its type or by its fields alone`);
  }
  if (typeof expected !== "object" || expected === null || isList(expected)) {
    throw new Error(`a message ${type.typeName} is expected as ${JSON.stringify(expected)}`);
  }
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      const field = type.fields.find((one) => one.jsonName === name);
      if (field === undefined) throw new Error(`${type.typeName} has no field ${name}`);
      return [field.name, fieldOf(value, field, isByType)];
    }),
  );
}

function fieldOf(expected: Expected, field: DescField, isByType: boolean): Json {
  switch (field.fieldKind) {
    case "message":
      return singleMessage(expected, field.message, isByType);
    case "scalar":
    case "enum":
      return scalarOf(expected, isByType, isLong(field));
    case "list":
      return listOf(expected, field, isByType);
    case "map":
      throw new Error(`${field.name}: maps are not carried over`);
    default:
      return field satisfies never;
  }
}

function singleMessage(expected: Expected, type: DescMessage, isByType: boolean): Json {
  if (type.typeName === "google.protobuf.Timestamp") return timeOf(expected, isByType);
  if (type.typeName === "google.protobuf.Struct") return structOf(expected, isByType);
  return messageOf(expected, type, isByType);
}

/** JSON in a message has its own names. */
function structOf(expected: Expected, isByType: boolean): Json {
  if (isList(expected)) return expected.map((one) => structOf(one, isByType));
  if (isMatcher(expected) || typeof expected !== "object" || expected === null)
    return scalarOf(expected, isByType, false);
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, structOf(value, isByType)]));
}

/** Of a time that only has to be one, a part that is 0 is not looked at: it is not sent. */
function timeOf(expected: Expected, isByType: boolean): Json {
  const milliseconds = Date.parse(String(exampleOf(expected)));
  if (Number.isNaN(milliseconds)) throw new Error(`${JSON.stringify(expected)} is no time`);
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * 1_000_000;
  const value = (number: number) => (isByType || isMatcher(expected) ? `matching(integer, ${number})` : number);
  return { seconds: value(seconds), ...(nanos > 0 && { nanos: value(nanos) }) };
}

function listOf(expected: Expected, field: DescField & { fieldKind: "list" }, isByType: boolean): Json {
  if (isMatcher(expected)) {
    if (expected.$match === "type") return listOf(expected.example, field, true);
    return eachOf(expected, field, isByType);
  }
  if (!isList(expected)) throw new Error(`${field.name} is expected as ${JSON.stringify(expected)}`);
  if (isByType && expected[0] !== undefined) return eachOf({ $match: "each", example: expected[0] }, field, true);
  return expected.map((one) => elementOf(one, field, isByType));
}

function eachOf(matcher: Matcher, field: DescField & { fieldKind: "list" }, isByType: boolean): Json {
  const element = elementOf(matcher.example, field, isByType);
  if (field.listKind === "message") return { "pact:match": "eachValue(matching($'element'))", element };
  return `eachValue(${isExpression(element) ? element : `matching(equalTo, ${literal(element)})`})`;
}

function elementOf(expected: Expected, field: DescField & { fieldKind: "list" }, isByType: boolean): Json {
  return field.listKind === "message"
    ? singleMessage(expected, field.message, isByType)
    : scalarOf(expected, isByType, field.listKind === "scalar" && isLongScalar(field.scalar));
}

function scalarOf(expected: Expected, isByType: boolean, isWhole: boolean): Json {
  if (isMatcher(expected)) return expression(expected, isWhole);
  return isByType ? expression({ $match: "type", example: expected }, isWhole) : (expected as Json);
}

/** A matcher of one value, as an expression. Whole numbers of 64 bits are texts in JSON and numbers here. */
function expression(matcher: Matcher, isWhole = false): string {
  switch (matcher.$match) {
    case "regex":
      return `matching(regex, ${quoted(matcher.regex)}, ${quoted(matcher.example)})`;
    case "type":
      return isWhole ? `matching(integer, ${exampleOf(matcher)})` : `matching(type, ${literal(exampleOf(matcher))})`;
    case "each":
      throw new Error("a list is expected where there is one value");
    default:
      return matcher satisfies never;
  }
}

function literal(value: Json): string {
  if (typeof value !== "string") return JSON.stringify(value);
  if (/['\\]/.test(value)) throw new Error(`"${value}": a text that is compared by type is taken as it is`);
  return `'${value}'`;
}

/** A backslash begins an escape, and there is none for a quote but its number. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\u0027")}'`;
}

function isExpression(value: Json): value is string {
  return typeof value === "string" && value.startsWith("matching(");
}

function isLong(field: DescField): boolean {
  return field.fieldKind === "scalar" && isLongScalar(field.scalar);
}

function isLongScalar(scalar: ScalarType): boolean {
  const long = [ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64];
  return long.includes(scalar);
}
