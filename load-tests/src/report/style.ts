import { Html } from "./html.ts";

/** The page's style: light and dark, and one column on a phone. */
export const style = new Html(`<style>
:root {
  color-scheme: light dark;
  --page: light-dark(#f4f5f7, #101418); --card: light-dark(#ffffff, #191f26); --ink: light-dark(#17202a, #e8edf2);
  --soft: light-dark(#5d6b7a, #93a1b0); --grid: light-dark(#e1e6eb, #2b343e); --hill: light-dark(#dfe4ea, #2a333d);
  --good: light-dark(#1a7f4b, #4cc38a); --good-back: light-dark(#e2f4ea, #143325);
  --bad: light-dark(#c22f3d, #ff7a84); --bad-back: light-dark(#fde8ea, #42191e);
  --warm: light-dark(#c77700, #f0a93b); --blue: light-dark(#2f6fde, #6ea8ff);
  --p50: light-dark(#7fb2f5, #3f78c4); --p95: light-dark(#2f6fde, #6ea8ff); --p99: light-dark(#123a86, #cfe2ff);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 28px 16px 48px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
header { padding: 0 4px; }
.kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 0; font-size: 34px; line-height: 1.2; text-transform: capitalize; }
.badge { display: inline-block; vertical-align: 5px; padding: 2px 12px; border-radius: 999px; font-size: 16px; font-weight: 600; text-transform: none; }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.lead { margin: 6px 0 0; color: var(--soft); font-size: 18px; }
section { background: var(--card); border: 1px solid var(--grid); border-radius: 12px; padding: 18px 20px; }
h2 { margin: 0 0 12px; font-size: 18px; }
h3 { margin: 18px 0 8px; font-size: 15px; }
small, .note { color: var(--soft); font-size: 13px; }
.verdicts { list-style: none; margin: 0; padding: 0; }
.verdicts li { display: grid; grid-template-columns: 28px 1fr auto; align-items: center; gap: 10px; padding: 8px 0; border-top: 1px solid var(--grid); }
.verdicts li:first-child { border-top: 0; }
.verdicts small { display: block; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; }
.verdicts b { font-variant-numeric: tabular-nums; white-space: nowrap; }
.mark { display: grid; place-items: center; width: 26px; height: 26px; border-radius: 50%; font-weight: 700; }
.good .mark { color: var(--good); background: var(--good-back); }
.bad .mark { color: var(--bad); background: var(--bad-back); }
.verdicts .bad b { color: var(--bad); }
.tiles { background: none; border: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 12px; }
.tile { background: var(--card); border: 1px solid var(--grid); border-radius: 12px; padding: 14px 16px; display: flex; flex-direction: column; }
.tile b { font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums; white-space: nowrap; }
.chart { margin: 0 0 18px; }
.chart:last-child { margin-bottom: 0; }
figcaption { margin-bottom: 6px; font-size: 14px; }
.legend { margin-left: 8px; color: var(--soft); font-size: 13px; }
.legend i { display: inline-block; width: 14px; height: 3px; margin: 0 5px 3px 8px; border-radius: 2px; vertical-align: middle; }
i.p50 { background: var(--p50); } i.p95 { background: var(--p95); } i.p99 { background: var(--p99); }
i.limit-mark { height: 0 !important; border-top: 2px dashed var(--bad); border-radius: 0 !important; }
.chart .note { float: right; }
.plot { display: grid; grid-template-columns: 62px minmax(0, 1fr); column-gap: 8px; }
.plot svg { width: 100%; height: 130px; display: block; overflow: visible; }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; margin: -8px 0; }
.scale, .times { color: var(--soft); font-size: 12px; line-height: 16px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.times { grid-column: 2; display: flex; justify-content: space-between; margin-top: 4px; }
.grid { stroke: var(--grid); stroke-width: 1; vector-effect: non-scaling-stroke; }
.limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 5; vector-effect: non-scaling-stroke; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.line.users { stroke: var(--soft); } .line.throughput { stroke: var(--good); } .line.errors { stroke: var(--bad); }
.line.p50 { stroke: var(--p50); } .line.p95 { stroke: var(--p95); } .line.p99 { stroke: var(--p99); }
.hill { fill: var(--hill); }
.hover { fill: transparent; } .hover:hover { fill: var(--ink); fill-opacity: .08; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 16px; }
.stack { display: grid; gap: 16px; align-content: start; }
.columns { align-items: start; }
.quiet { margin: 0; font-size: 14px; color: var(--soft); } .quiet b { color: var(--ink); margin-right: 8px; }
.bars { display: grid; grid-template-columns: max-content minmax(40px, 1fr) max-content; gap: 6px 12px; align-items: center; font-size: 14px; }
.bars svg { width: 100%; height: 14px; display: block; border-radius: 3px; background: color-mix(in srgb, var(--hill) 45%, transparent); }
.bars rect.within, .bars rect.meant { fill: var(--blue); } .bars rect.good { fill: var(--good); }
.bars rect.slow { fill: var(--warm); } .bars rect.bad { fill: var(--bad); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 6px 8px; text-align: left; border-top: 1px solid var(--grid); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; }
th.number { text-align: right; }
.trouble { color: var(--bad); font-weight: 600; }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: 6px 16px; font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
section > p { margin: 10px 0 0; font-size: 14px; }
h2 + p { margin-top: 0; }
details { margin-top: 14px; font-size: 14px; } summary { cursor: pointer; color: var(--blue); }
@media (max-width: 560px) {
  h1 { font-size: 28px; } section { padding: 14px; } .chart .note { float: none; display: block; }
  .plot { grid-template-columns: 50px minmax(0, 1fr); } .tiles { grid-template-columns: 1fr 1fr; }
  .legend { display: block; margin-left: -8px; }
}
</style>`);
