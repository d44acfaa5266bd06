import { type Chart, chart, niceTop } from "./chart.ts";
import { whole } from "./numbers.ts";

const plain: Chart = {
  title: "Orders",
  lines: [{ name: "orders", look: "throughput", values: [0, 50, 100] }],
  atLeast: 1,
  format: whole,
  seconds: 30,
  slotSeconds: 10,
};

function pathsOf(what: Chart): string[] {
  return [...chart(what).text.matchAll(/<path class="line [^"]*" d="([^"]*)"/g)].map(([, d]) => d ?? "");
}

test("a line goes through the middle of each slot, high values above low ones", () => {
  expect(pathsOf(plain)).toEqual(["M166.7 200L500 100L833.3 0"]);
});

test("a line has a gap where nothing was measured, and a lone point is seen", () => {
  const lines = [{ name: "p95", look: "p95", values: [10, undefined, 10, 10] }];
  expect(pathsOf({ ...plain, lines, seconds: 40 })).toEqual(["M125 0h0.1M625 0L875 0"]);
});

test("a slot that lasts beyond the run ends with it", () => {
  const text = chart({ ...plain, seconds: 25 }).text;
  expect(text).toContain('<rect class="hover" x="800" y="0" width="200"');
});

test("limits are drawn only where they fit into the picture", () => {
  const limits = [
    { value: 50, name: "near" },
    { value: 500, name: "far" },
  ];
  const text = chart({ ...plain, limits }).text;
  expect(text).toContain("<title>near</title>");
  expect(text).not.toContain("<title>far</title>");
});

test("the mouse is told the numbers and the users", () => {
  const text = chart({ ...plain, hill: [5, 100, 5] }).text;
  expect(text).toContain("<title>0:10: orders 50, 100 users</title>");
  expect(text).toContain('<path class="hill" d="M0 200L0 190L166.7 190L500 0L833.3 190L1000 190L1000 200Z"/>');
});

test("the scale of a run of minutes tells whole minutes", () => {
  const times = (seconds: number) =>
    /<div class="times">(.*?)<\/div>/.exec(chart({ ...plain, seconds, slotSeconds: seconds / 3 }).text)?.[1];
  expect(times(300)).toBe(
    "<span>0:00</span><span>1:00</span><span>2:00</span><span>3:00</span><span>4:00</span><span>5:00</span>",
  );
  expect(times(960)).toContain("<span>4:00</span><span>8:00</span>");
});

test("a scale ends with a round number above all values", () => {
  expect([0.01, 1, 1.1, 42, 99, 640, 3287, 10_000].map(niceTop)).toEqual([0.01, 1, 1.5, 50, 100, 800, 4000, 10_000]);
});
