/** Says why the journal could not hold this as JSON, as far as it can be known; undefined where it can. */
export function faultOfPatch(patch: object | undefined): string | undefined {
  // Every step's answer passes here, and nearly all are plain: to write them as JSON costs several times what a look does.
  if (isPlain(patch, mostLevels)) return undefined;
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

/** Deeper than any plain patch; what goes on for ever, a circle, ends there too. */
const mostLevels = 16;

/** True for what needs no closer look: nothing but storable values in arrays and in objects without a class. */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return isStorable(value);
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, levels - 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).every(([key, field]) => isStorable(key) && isPlain(field, levels - 1));
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
