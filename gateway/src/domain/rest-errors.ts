import { AppError, validationFailed } from "@shop/platform/errors";

const RETRY_AFTER_MS = 1_000;

/** Names of fields that differ from the camel case of the wire's. */
const RENAMED: Readonly<Record<string, string>> = {
  expected_unit_price: "price",
  currency_code: "currency",
  units: "amount",
  nanos: "amount",
};

/** How a neighbour's errors are told to a client of ours. */
export interface RestErrorOptions {
  /** What to say when the neighbour cannot be reached or does not answer in time. */
  readonly unavailable: string;
  /** The wire's fields that stand elsewhere in the request, such as in its path or headers. */
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * The field of a request's JSON that a field of its wire message came from: `items[0].product_id` is
 * `items[0].productId`.
 */
export function toRestField(field: string, fields: Readonly<Record<string, string>> = {}): string {
  return fields[field] ?? field.split(".").map(toRestSegment).join(".");
}

/**
 * What a client may know of a neighbour's error: violations name the fields of the request's JSON; a neighbour that
 * cannot be reached is UNAVAILABLE, without its address.
 */
export function toRestError(err: unknown, { unavailable, fields }: RestErrorOptions): unknown {
  if (!(err instanceof AppError)) return err;
  switch (err.code) {
    case "VALIDATION_FAILED":
      return validationFailed(
        (err.violations ?? []).map(({ field, message }) => ({ field: toRestField(field, fields), message })),
      );
    case "UNAVAILABLE":
    case "DEADLINE_EXCEEDED":
    case "UNIMPLEMENTED":
      return new AppError("UNAVAILABLE", unavailable, {
        retryAfterMs: err.retryAfterMs ?? RETRY_AFTER_MS,
        cause: err,
      });
    default:
      return err;
  }
}

function toRestSegment(segment: string): string {
  const [, name = "", index = ""] = /^([^[]*)(.*)$/s.exec(segment) ?? [];
  return (RENAMED[name] ?? name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())) + index;
}
