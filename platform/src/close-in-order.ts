/**
 * Closes one after the other, in the order given; one that fails keeps none after it open.
 * Rejects, when all had their turn, with what failed.
 */
export async function closeInOrder(...steps: readonly (() => unknown)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (err) {
      errors.push(err);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts could not be closed.`);
}
