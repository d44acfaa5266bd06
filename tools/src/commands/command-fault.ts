/** Why a command could not do what it was asked to: a sentence for whoever typed it. */
export class CommandFault extends Error {
  override readonly name = "CommandFault";
  /** What the command ends with. */
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
