/** Why nothing can be sent. */
export interface Refusal {
  readonly code: "ADDRESS_NOT_SERVED";
  readonly message: string;
}

/** The countries served unless configured otherwise, ISO 3166-1 alpha-2. */
export const defaultCountries: readonly string[] = [
  "US",
  "CA",
  "GB",
  "IE",
  "DE",
  "FR",
  "ES",
  "IT",
  "NL",
  "PL",
  "UA",
  "JP",
  "AU",
];

/** Why nothing can be sent to this country; undefined where it is served. */
export function findRefusal(country: string, served: ReadonlySet<string>): Refusal | undefined {
  if (served.has(country)) return undefined;
  return { code: "ADDRESS_NOT_SERVED", message: `We do not ship to ${country}.` };
}
