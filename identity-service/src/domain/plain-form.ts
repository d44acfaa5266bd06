/** One form for what keyboards write in several (NIST SP 800-63B, 5.1.1.2: NFKC), for names and passwords alike. */
export function plainForm(text: string): string {
  return text.normalize("NFKC");
}
