const PREFIX = "#/components/schemas/";
const INPUT = "Input";

interface Described {
  readonly [part: string]: unknown;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

/**
 * The description with only those schemas that something in it refers to. The type provider names each twice, as it is
 * read (`OrderInput`) and as it is answered (`Order`); where one of the two is enough, it gets the plain name.
 */
export function withoutUnusedSchemas<T extends Described>(description: T): T {
  const schemas = description.components?.schemas ?? {};
  const used = usedNames({ ...description, components: undefined }, schemas);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  const trimmed = { ...description, components: { ...description.components, schemas: Object.fromEntries(kept) } };
  return [...used].filter((name) => isNeedlesslyLong(name, used)).reduce(withPlainName, trimmed);
}

function usedNames(root: unknown, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const used = new Set<string>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    for (const name of referredTo(waiting.pop())) {
      if (!used.has(name)) waiting.push(schemas[name]);
      used.add(name);
    }
  }
  return used;
}

function referredTo(part: unknown): string[] {
  const references = JSON.stringify(part)?.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g) ?? [];
  return [...references].map(([, name = ""]) => name);
}

function isNeedlesslyLong(name: string, used: ReadonlySet<string>): boolean {
  return name.endsWith(INPUT) && !used.has(plain(name));
}

function plain(name: string): string {
  return name.slice(0, -INPUT.length);
}

function withPlainName<T extends Described>(description: T, name: string): T {
  const text = JSON.stringify(description)
    .replaceAll(`"${PREFIX}${name}"`, `"${PREFIX}${plain(name)}"`)
    .replace(`"${name}":`, `"${plain(name)}":`);
  return JSON.parse(text);
}
