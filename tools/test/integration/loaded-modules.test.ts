import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { serviceTable } from "../../src/system/service-table.ts";

const root = join(import.meta.dirname, "../../..");

test("no service loads undici, which each would keep for good", async () => {
  const contexts = serviceTable.map(({ folder }) => join(root, folder, "src/context.ts"));
  const script = `
    for (const context of ${JSON.stringify(contexts)}) await import(context);
    const isUndici = (name) => name.endsWith("internal/deps/undici/undici");
    process.stdout.write(JSON.stringify(process.moduleLoadList.filter(isUndici)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(JSON.parse(stdout)).toEqual([]);
}, 60_000);
