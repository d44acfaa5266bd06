/** Why a command could not do what it was asked to: a sentence for whoever typed it. */
export class CommandFault extends Error {
  override readonly name = "CommandFault";
}
