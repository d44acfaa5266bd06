import { join } from "node:path";
import { z } from "zod";
import { type ServiceEntry, serviceTable } from "../system/service-table.ts";
import { type Variable, variablesOf } from "./variables.ts";

/** A service with everything that it can be told. */
export interface ConfiguredService {
  readonly entry: ServiceEntry;
  readonly variables: readonly Variable[];
}

/** Reads what the services of the table say about their variables, each in its own `src/config.ts`. */
export function readServiceVariables(root: string): Promise<ConfiguredService[]> {
  return Promise.all(
    serviceTable.map(async (entry) => {
      const { variables } = await import(join(root, entry.folder, "src", "config.ts"));
      if (!(variables instanceof z.ZodObject))
        throw new Error(`${entry.folder}/src/config.ts exports no \`variables\`.`);
      return { entry, variables: variablesOf(entry.folder, variables) };
    }),
  );
}
