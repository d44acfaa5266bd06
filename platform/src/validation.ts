import type { FieldViolation } from "./errors.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Gathers what is wrong with a message, field by field, so that all of it is reported together. */
export interface Violations {
  /** What was found so far, in the order it was found. */
  readonly list: FieldViolation[];
  /** Records that `field` is wrong. `message` completes the sentence "the field …", such as "must be a UUID". */
  add(field: string, message: string): void;
  /** Checks that `value` is a UUID and gives it in small letters, the one form in which ids are stored. */
  uuid(field: string, value: string): string;
  /** Checks that `value` is text that a database can hold and that is what was sent (no U+0000,
   * no U+FFFD, which decoders put in the place of bytes that are not UTF-8, and no half of a character), of at most `maxLength` characters. */
  text(field: string, value: string, limits: { maxLength: number; required?: boolean }): string;
  /** Checks that `value` is an integer from `min` to `max`. */
  integer(field: string, value: number, limits: { min: number; max: number }): number;
}

/** Begins the check of one message. */
export function collectViolations(): Violations {
  const list: FieldViolation[] = [];
  const add = (field: string, message: string) => {
    list.push({ field, message });
  };
  return {
    list,
    add,
    uuid(field, value) {
      if (!UUID.test(value)) add(field, "must be a UUID");
      return value.toLowerCase();
    },
    text(field, value, { maxLength, required = false }) {
      if (required && value.trim() === "") add(field, "is required");
      else if (value.includes("\u0000")) add(field, "must not contain the character U+0000");
      else if (value.includes("\ufffd"))
        add(field, "must not contain U+FFFD, which stands for bytes that are not UTF-8");
      else if (!value.isWellFormed()) add(field, "must be well-formed Unicode");
      else if (isLonger(value, maxLength)) add(field, `must have at most ${maxLength} characters`);
      return value;
    },
    integer(field, value, { min, max }) {
      if (!Number.isInteger(value) || value < min || value > max) {
        add(field, `must be an integer from ${min.toLocaleString("en")} to ${max.toLocaleString("en")}`);
      }
      return value;
    },
  };
}

/** Characters are counted as people, JSON Schema and the databases count them, not as JavaScript does. */
function isLonger(value: string, maxLength: number): boolean {
  return value.length > maxLength && (value.length > 2 * maxLength || [...value].length > maxLength);
}
