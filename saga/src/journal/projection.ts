import type { ClientBase } from "pg";
import type { Intent } from "../journal.ts";
import type { SagaSnapshot } from "../state.ts";

/**
 * What the service writes beside the journal, in the journal's own transactions (D3): its orders, its outbox. Both
 * functions are given many rows at once and should send one statement per table, with rows in the order given.
 */
export interface Projection<Data, Entity> {
  /**
   * Inserts what the sagas are about (`ON CONFLICT DO NOTHING RETURNING …`) and resolves with the keys that were
   * RETURNED; a saga is inserted only for those (D4).
   */
  insert(tx: ClientBase, intents: readonly Intent<Data, Entity>[]): Promise<readonly string[]>;
  /**
   * Brings what the sagas are about up to date. Called with the rows that the journal's guarded update RETURNED, and no
   * others: with every turn, park, hand-over and end.
   */
  apply(tx: ClientBase, sagas: readonly SagaSnapshot<Data>[]): Promise<void>;
}
