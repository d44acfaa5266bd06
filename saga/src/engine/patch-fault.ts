/** Says why the journal could not hold this as JSON, as far as it can be known; undefined where it can. */
export function faultOfPatch(patch: object | undefined): string | undefined {
  try {
    JSON.stringify(patch, (key, value: unknown) => {
      if (!isStorable(key)) throw new TypeError(`a field's name is not text: ${JSON.stringify(key)}`);
      if (!isStorable(value)) throw new TypeError(`${key} is ${describe(value)}`);
      return value;
    });
    return undefined;
  } catch (err) {
    return err instanceof Error ? err.message : "it cannot be written as JSON";
  }
}

function isStorable(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return !value.includes("\0") && value.isWellFormed();
    case "number":
      return Number.isFinite(value);
    case "bigint":
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

function describe(value: unknown): string {
  if (typeof value === "string") return "text with a NUL or half a character";
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}
