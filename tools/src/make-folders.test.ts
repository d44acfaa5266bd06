import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolders } from "./make-folders.ts";

let top: string;

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "shop-make-folders-"));
});

afterEach(() => rm(top, { recursive: true }));

test("makes a folder and those above it, once", async () => {
  const path = join(top, "a", "b");
  expect(await makeFolders(path, 0o700)).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(await makeFolders(path)).toBe(false);
});

test("is refused where a file is in the way", async () => {
  await writeFile(join(top, "file"), "");
  await expect(makeFolders(join(top, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolders(join(top, "file", "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

(process.platform === "linux" ? test : test.skip)("is refused where nothing can be made", async () => {
  await expect(makeFolders("/proc/shop/data")).rejects.toMatchObject({ code: "ENOENT" });
});
