/** What keeps the system from starting and the operator can mend: one sentence that says what to do. */
export class StartFault extends Error {
  override readonly name = "StartFault";
}
