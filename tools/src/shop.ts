import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { CommandFault } from "./commands/command-fault.ts";
import { keysCommand } from "./commands/keys.ts";
import { loadCommand } from "./commands/load.ts";
import { startCommand } from "./commands/start.ts";
import { StartFault } from "./start-fault.ts";

const program = new Command("shop").description("Runs and looks after the shop's services.").exitOverride();
program.addCommand(startCommand().copyInheritedSettings(program));
program.addCommand(keysCommand().copyInheritedSettings(program));
program.addCommand(loadCommand().copyInheritedSettings(program));

try {
  await program.parseAsync();
  process.exit(0);
} catch (err) {
  if (err instanceof CommanderError) process.exit(err.exitCode === 0 ? 0 : 2);
  // What nobody foresaw is shown whole: it goes into a bug report.
  const isForReader = err instanceof StartFault || err instanceof CommandFault;
  process.stderr.write(`${isForReader ? err.message : inspect(err)}\n`);
  process.exit(err instanceof CommandFault ? err.exitCode : 1);
}
