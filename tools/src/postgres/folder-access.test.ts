import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBlockingFolder } from "./folder-access.ts";

const top = mkdtempSync(join(tmpdir(), "shop-folder-access-"));
const inner = join(top, "inner");
mkdirSync(inner);
const { uid, gid } = statSync(top);
const owner = { uid, gid };
const groupMember = { uid: uid + 1, gid };
const stranger = { uid: uid + 1, gid: gid + 1 };

afterAll(() => rmSync(top, { recursive: true }));

test.each([
  ["everybody where all may enter", 0o755, [undefined, undefined, undefined]],
  ["the owner and the group", 0o710, [undefined, undefined, top]],
  ["only the owner", 0o700, [undefined, top, top]],
  ["everybody but the group", 0o705, [undefined, top, undefined]],
])("lets in %s", async (_, mode, expected) => {
  chmodSync(top, mode);
  const found = await Promise.all(
    [owner, groupMember, stranger].map((user) => findBlockingFolder(join(inner, "x"), user)),
  );
  chmodSync(top, 0o755);
  expect(found).toEqual(expected);
});
