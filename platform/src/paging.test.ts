import { microsecondsKey, type PagedList, type PageRequest, parsePage, serialKey, uuidKey } from "./paging.ts";
import { collectViolations } from "./validation.ts";

const ID = "01900000-0000-7000-8000-00000000a11c";
const list: PagedList = { filter: ["orders", "alice"], keys: [microsecondsKey, uuidKey] };
const keysOf = (row: number) => [String(row), ID];

function parse(request: Partial<PageRequest>, of = list) {
  const violations = collectViolations();
  const page = parsePage({ pageSize: 0, pageToken: "", ...request }, of, violations);
  return { page, faults: violations.list.map(({ field }) => field) };
}

function rows(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test.each([
  ["no size: the default", 0, 20],
  ["a size", 7, 7],
  ["the greatest size", 100, 100],
  ["a size beyond the greatest", 2_147_483_647, 100],
])("takes %s", (_, pageSize, size) => {
  const { page, faults } = parse({ pageSize });

  expect(faults).toEqual([]);
  expect(page.limit).toBe(size + 1);
  expect(page.after).toBeUndefined();
  expect(page.cut(rows(size + 1), keysOf).rows).toEqual(rows(size));
});

test("refuses a negative size, together with what else is wrong", () => {
  expect(parse({ pageSize: -1, pageToken: "!" }).faults).toEqual(["page_size", "page_token"]);
});

test("the token of a page that is not the last names the place after its last row", () => {
  const { nextPageToken } = parse({ pageSize: 2 }).page.cut(rows(3), keysOf);

  expect(parse({ pageToken: nextPageToken }).page.after).toEqual(["1", ID]);
});

test("the last page has no token", () => {
  expect(parse({ pageSize: 3 }).page.cut(rows(3), keysOf).nextPageToken).toBe("");
  expect(parse({}).page.cut([], keysOf)).toEqual({ rows: [], nextPageToken: "" });
});

test("refuses a token of another list, filter or order", () => {
  const pageToken = parse({ pageSize: 1 }).page.cut(rows(2), keysOf).nextPageToken;

  expect(parse({ pageToken }, { ...list, filter: ["orders", "bob"] }).faults).toEqual(["page_token"]);
  expect(parse({ pageToken }, { ...list, filter: ["sagas", "alice"] }).faults).toEqual(["page_token"]);
  expect(parse({ pageToken }, { ...list, keys: [uuidKey] }).faults).toEqual(["page_token"]);
  expect(parse({ pageToken }, { ...list, keys: [microsecondsKey] }).faults).toEqual(["page_token"]);
  expect(parse({ pageToken }, { ...list, keys: [...list.keys, uuidKey] }).faults).toEqual(["page_token"]);
});

test("refuses every token that is not ours", () => {
  const pageToken = parse({ pageSize: 1 }).page.cut(rows(2), keysOf).nextPageToken;
  const base64 = (text: string) => Buffer.from(text).toString("base64url");
  const foreign = [
    pageToken.slice(0, -1),
    `${pageToken}=`,
    ` ${pageToken}`,
    `${pageToken}AA`,
    pageToken.replace(/^./, "X"),
    base64("null"),
    base64("[]"),
    base64('{"length":3}'),
    base64(JSON.stringify(["", "0", ID])),
    base64(JSON.stringify(["", [["0"]], ID])),
    "\u0000",
    "a".repeat(100_000),
  ];

  expect(foreign.map((token) => parse({ pageToken: token }).faults)).toEqual(foreign.map(() => ["page_token"]));
});

test("refuses a token of which a key was changed", () => {
  const pageToken = parse({ pageSize: 1 }).page.cut(rows(2), keysOf).nextPageToken;
  const [checksum, ...keys] = JSON.parse(Buffer.from(pageToken, "base64url").toString());
  const edited = (...parts: unknown[]) => Buffer.from(JSON.stringify([checksum, ...parts])).toString("base64url");

  expect(parse({ pageToken: edited(...keys) }).faults).toEqual([]);
  expect(parse({ pageToken: edited("1", ID) }).faults).toEqual(["page_token"]);
  expect(parse({ pageToken: edited("0", ID.replace(/.$/, "d")) }).faults).toEqual(["page_token"]);
});

test.each([
  ["a time", microsecondsKey, ["0", "9999999999999999"], ["", "-1", "1.5", "1e3", " 1", "1\n", "1".repeat(17)]],
  ["a number", serialKey, ["0", "1".repeat(18)], ["", "-1", "+1", "1\n", "1".repeat(19)]],
  ["a UUID", uuidKey, [ID], ["", ID.toUpperCase(), `${ID}\n`, `x${ID}`, ID.slice(1), ID.replaceAll("-", "")]],
])("a key that is %s has no other form that a database takes or stumbles over", (_, form, good, bad) => {
  expect(good.filter((key) => !form.test(key))).toEqual([]);
  expect(bad.filter((key) => form.test(key))).toEqual([]);
});

test("refuses a key that no row can have, whoever made its checksum", () => {
  const { nextPageToken } = parse({ pageSize: 1 }).page.cut(rows(2), () => ["1'; DROP TABLE orders", ID]);

  expect(parse({ pageToken: nextPageToken }).faults).toEqual(["page_token"]);
});
