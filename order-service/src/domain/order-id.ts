/** The last digits to which the sandbox rules give a meaning: 0 out of stock, 1 declined, 2 fails twice. */
const SANDBOX_DIGITS = /[012]$/;

/**
 * A new order's id. With the sandbox rules on it never ends in a digit that means something to them: only a client that
 * assigns the id itself asks for such an outcome.
 *
 * @param mint Gives a new UUID at each call.
 */
export function mintOrderId(mint: () => string, sandboxRules: boolean): string {
  let id = mint();
  while (sandboxRules && SANDBOX_DIGITS.test(id)) id = mint();
  return id;
}
