/** What an answer may never hold: a stack, a place in our code, a word of the database's or of the runtime's. */
const leaks: readonly RegExp[] = [
  /\n\s+at /,
  /\bat .{1,200}:\d+:\d+/,
  /node_modules|node:internal/,
  /[\w-]\.[cm]?[jt]s\b(?!on)/,
  /\/(home|root|usr|tmp|work)\//,
  /file:\/\//,
  /(Type|Range|Syntax|Reference|Assertion|URI)Error/,
  /syntax error at|violates|duplicate key|relation "|SQLSTATE|invalid input syntax|byte sequence for encoding/,
  /Cannot (read|set|convert)|is not a function|is not iterable|Maximum call stack|Unexpected token/,
  /ECONNREFUSED|ETIMEDOUT|127\.0\.0\.1:\d/,
  /BEGIN (EC |RSA )?PRIVATE KEY/,
];

/** The first leak in a text, with what surrounds it. */
export function leakIn(text: string): string | undefined {
  for (const leak of leaks) {
    const found = leak.exec(text);
    if (found !== null) return text.slice(Math.max(0, found.index - 40), found.index + 120);
  }
  return undefined;
}
