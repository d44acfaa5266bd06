import { readComposeFile } from "./compose-file.ts";
import { configurationPage } from "./configuration-page.ts";
import { envExample } from "./env-example.ts";
import { readServiceVariables } from "./service-variables.ts";

/** The documents that are made from the services' configurations, by their paths in the repository. */
export async function configurationDocuments(root: string): Promise<Map<string, string>> {
  const services = await readServiceVariables(root);
  return new Map([
    ["docs/configuration.md", configurationPage(services)],
    [".env.example", envExample(services, readComposeFile(root))],
  ]);
}
