import { databaseUrl, onOff, portNumber, serviceEnv, wholeNumber } from "@shop/platform/config";
import { z } from "zod";
import { variablesOf } from "./variables.ts";

describe("variablesOf", () => {
  it("tells what a schema and those that it wraps say, the outer ones having the last word", () => {
    const schema = z.object({
      OPS_PORT: serviceEnv.OPS_PORT.default(9180),
      DELAY: wholeNumber(0, 9).default(5).meta({ description: "A delay", unit: "ms" }),
      DATABASE_URL: databaseUrl.describe("Another one"),
    });

    expect(variablesOf("service", schema)).toMatchObject([
      { name: "OPS_PORT", expected: "a whole number from 0 to 65535", absent: { kind: "default", value: "9180" } },
      { name: "DELAY", meaning: "A delay", unit: "ms", isSecret: false, absent: { kind: "default", value: "5" } },
      { name: "DATABASE_URL", meaning: "Another one", isSecret: true, absent: { kind: "refused" } },
    ]);
  });

  it("writes a default as the environment would have it", () => {
    const amount = z.string().transform(Number);
    const schema = z.object({
      SWITCH: onOff.default(false).describe("A switch"),
      LIST: z
        .string()
        .transform((text) => text.split(","))
        .default(["a", "b"])
        .describe("A list"),
      AMOUNT: amount.prefault("10.00").describe("An amount"),
      RULES: onOff.optional().meta({ description: "Rules", unset: "on in demo" }),
    });

    expect(variablesOf("service", schema).map(({ absent }) => absent)).toEqual([
      { kind: "default", value: "off" },
      { kind: "default", value: "a,b" },
      { kind: "default", value: "10.00" },
      { kind: "unset", effect: "on in demo" },
    ]);
  });

  it("refuses a variable that does not say what it means, or what happens without it", () => {
    expect(() => variablesOf("service", z.object({ PORT: portNumber }))).toThrow("service's PORT is not described");
    expect(() => variablesOf("service", z.object({ RULES: onOff.optional().describe("Rules") }))).toThrow(
      "service's RULES is optional and does not say what happens without it",
    );
  });
});
