/** Who acts on a saga by hand, and why. Both stand in the saga's history, so neither may hold a secret. */
export interface Operator {
  /** Such as the token's subject. */
  readonly actor: string;
  /** For a person. */
  readonly reason: string;
}
