// Loads the services' modules into one process, so that Node keeps their compiled code for the services' own processes.
// The arguments are the services' main files. Without an environment each of them refuses to start, by which time
// everything it imports is compiled.
import { flushCompileCache } from "node:module";
import { pathToFileURL } from "node:url";

class Refusal extends Error {}

const exit = process.exit;
process.exit = () => {
  throw new Refusal();
};
for (const main of process.argv.slice(2)) {
  // A service that cannot be loaded says so itself when it is started.
  await import(pathToFileURL(main).href).catch(() => undefined);
}
flushCompileCache();
exit(0);
