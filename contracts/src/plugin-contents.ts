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
import { callMetadata, type RpcBoundary, type RpcError, type RpcInteraction, type RpcMetadata } from "./interaction.ts";
import { type Expected, exampleOf, isList, isMatcher, type Json, type Matcher } from "./match.ts";
import type { Plugin } from "./plugin.ts";
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
export function pluginContents(
  { carriesErrorDetails }: Pick<Plugin, "carriesErrorDetails">,
  boundary: RpcBoundary,
  interaction: RpcInteraction,
): Json {
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
      : { responseMetadata: errorMetadata(response.error, carriesErrorDetails) }),
  };
}

/** The details are compared as they are; whoever stands between the plugin and a provider leaves only what is declared. */
function errorMetadata(error: RpcError, carriesErrorDetails: boolean): Json {
  const { details, metadata } = toStatus(error);
  const status = metadata.get("grpc-status-details-bin")[0];
  return {
    "grpc-status": error.code,
    "grpc-message": details,
    ...(carriesErrorDetails && { "grpc-status-details-bin": Buffer.from(status as Buffer).toString("base64") }),
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

function messageOf(expected: Expected, type: DescMessage, by: Comparison = "equal"): Json {
  if (isMatcher(expected)) {
    if (expected.$match === "type") return messageOf(expected.example, type, "type");
    throw new Error(`a message ${type.typeName} can be expected by its type or by its fields alone`);
  }
  if (typeof expected !== "object" || expected === null || isList(expected)) {
    throw new Error(`a message ${type.typeName} is expected as ${JSON.stringify(expected)}`);
  }
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      const field = type.fields.find((one) => one.jsonName === name);
      if (field === undefined) throw new Error(`${type.typeName} has no field ${name}`);
      return [field.name, fieldOf(value, field, by)];
    }),
  );
}

function fieldOf(expected: Expected, field: DescField, by: Comparison): Json {
  switch (field.fieldKind) {
    case "message":
      return singleMessage(expected, field.message, by);
    case "scalar":
    case "enum":
      return scalarOf(expected, by, isLong(field));
    case "list":
      return listOf(expected, field, by);
    case "map":
      throw new Error(`${field.name}: maps are not carried over`);
    default:
      return field satisfies never;
  }
}

function singleMessage(expected: Expected, type: DescMessage, by: Comparison): Json {
  if (type.typeName === "google.protobuf.Timestamp") return timeOf(expected, by);
  if (type.typeName === "google.protobuf.Struct") return structOf(expected, by);
  return messageOf(expected, type, by);
}

/**
 * How what has no matcher of its own is compared: as a plain value, which is equal unless a rule above says otherwise; by a
 * rule that it is equal, within a list of one or more, whose own rule is of types; or by its type.
 */
type Comparison = "equal" | "rule" | "type";

/** JSON in a message has its own names. */
function structOf(expected: Expected, by: Comparison): Json {
  if (isList(expected)) return expected.map((one) => structOf(one, by));
  if (isMatcher(expected) || typeof expected !== "object" || expected === null) return scalarOf(expected, by, false);
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, structOf(value, by)]));
}

/** Of a time that only has to be one, a part that is 0 is not looked at: it is not sent. */
function timeOf(expected: Expected, by: Comparison): Json {
  const milliseconds = Date.parse(String(exampleOf(expected)));
  if (Number.isNaN(milliseconds)) throw new Error(`${JSON.stringify(expected)} is no time`);
  const seconds = Math.floor(milliseconds / 1000);
  const nanos = (milliseconds - seconds * 1000) * 1_000_000;
  const value = (number: number) => scalarOf(number, isMatcher(expected) ? "type" : by, true);
  return { seconds: value(seconds), ...(nanos > 0 && { nanos: value(nanos) }) };
}

function listOf(expected: Expected, field: DescField & { fieldKind: "list" }, by: Comparison): Json {
  if (isMatcher(expected)) {
    if (expected.$match === "type") return listOf(expected.example, field, "type");
    return eachOf(expected.example, field, "rule");
  }
  if (!isList(expected)) throw new Error(`${field.name} is expected as ${JSON.stringify(expected)}`);
  if (by === "type" && expected[0] !== undefined) return eachOf(expected[0], field, "type");
  if (by === "rule") throw new Error("a list within a list of one or more has to be one of one or more, too");
  return expected.map((one) => elementOf(one, field, by));
}

function eachOf(example: Expected, field: DescField & { fieldKind: "list" }, by: Comparison): Json {
  const element = elementOf(example, field, by);
  if (field.listKind === "message") return { "pact:match": "eachValue(matching($'element'))", element };
  return `eachValue(${element})`;
}

function elementOf(expected: Expected, field: DescField & { fieldKind: "list" }, by: Comparison): Json {
  return field.listKind === "message"
    ? singleMessage(expected, field.message, by)
    : scalarOf(expected, by, field.listKind === "scalar" && isLongScalar(field.scalar));
}

function scalarOf(expected: Expected, by: Comparison, isWhole: boolean): Json {
  if (isMatcher(expected)) return expression(expected, isWhole);
  switch (by) {
    case "equal":
      return expected as Json;
    case "rule":
      return `matching(equalTo, ${literal(expected as Json)})`;
    case "type":
      return expression({ $match: "type", example: expected }, isWhole);
    default:
      return by satisfies never;
  }
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

function isLong(field: DescField): boolean {
  return field.fieldKind === "scalar" && isLongScalar(field.scalar);
}

function isLongScalar(scalar: ScalarType): boolean {
  const long = [ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64];
  return long.includes(scalar);
}
