import { z } from "zod";
import { text } from "./fields.ts";

const MAX_TOKEN = 1_000;

/** Which page of a list. */
export interface PageRequest {
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** The query parameters that say which page is wanted, as AIP-158 has them. */
export function pageFields({ max, usual }: { max: number; usual: number }) {
  const message = `must be an integer from 1 to ${max.toLocaleString("en")}`;
  return {
    pageSize: onceInteger({ min: 1, max }, message)
      .optional()
      .meta({ description: `At most this many. Default: ${usual}.`, examples: [20] }),
    pageToken: onceText(MAX_TOKEN)
      .optional()
      .meta({ description: "`nextPageToken` of an earlier answer to the same question." }),
  };
}

/** A query parameter that is an integer and may be given once; `message` says what else it must be. */
export function onceInteger({ min, max }: { min: number; max: number }, message: string) {
  return z
    .string({ error: "must be given once" })
    .regex(/^[0-9]{1,9}$/, message)
    .transform(Number)
    .pipe(z.int().min(min, message).max(max, message))
    .meta({ type: "integer", minimum: min, maximum: max, pattern: undefined });
}

/** A query parameter that may be given once. */
export function onceText(maxLength: number) {
  return text(maxLength, "must be given once");
}

/** A query parameter that is a choice of `words`: repeated, or with commas between them. */
export function choiceOf<const Word extends string>(words: readonly Word[]) {
  const message = `must be one or more of ${words.join(", ")}`;
  const toList = (value: unknown, ctx: z.RefinementCtx): unknown => {
    const list = [value].flat().flatMap((one) => String(one).split(","));
    if (!list.every((one) => words.some((word) => word === one))) ctx.addIssue({ code: "custom", message });
    return [...new Set(list)];
  };
  return z.preprocess(toList, z.array(z.enum(words)));
}
