/** One fault in a provider's source, and the tests of its contracts that have to find it. */
export interface Mutation {
  /** What is wrong then. */
  readonly name: string;
  /** The file, from the folder of the provider. */
  readonly file: string;
  /** What stands there, once. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
  /** The interactions that have to fail, by their descriptions; others may fail as well, but not all. */
  readonly breaks: readonly string[];
}

/** The faults that are tried on one provider. */
export interface MutatedProvider {
  /** The provider's folder. */
  readonly provider: string;
  readonly mutations: readonly Mutation[];
}
