/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** Puts HTML together; whatever is put in that is no HTML yet is escaped. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return { html: String.raw({ raw: texts }, ...values.map(toHtml)) };
}

/** HTML that is written elsewhere and trusted, such as a style sheet of ours. */
export function trusted(text: string): Html {
  return { html: text };
}

type Part = string | number | Html | undefined | readonly Part[];

function toHtml(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "object") return "html" in part ? part.html : part.map(toHtml).join("");
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
