/** What a user may do; the words are the ones in the token's `role`. */
export const roles = ["customer", "operator", "Admin"] as const;

export type Role = (typeof roles)[number];

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zipCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface User {
  readonly id: string;
  /** What is typed at the login; compared letter by letter, though no two differ in their case only. In its plain form. */
  readonly username: string;
  readonly role: Role;
  readonly name: string;
  readonly email: string;
  /** The first is the one that an order without an address goes to. */
  readonly addresses: readonly Address[];
}
