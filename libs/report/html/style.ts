/** The page's style sheet: two sets of colours of AA contrast, one column on a phone, plain ink on paper. */

import { html } from "./text.ts";

export const STYLE = html`
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f7; --ink: #1c2126; --muted: #5a6470; --rule: #dde1e5; --link: #1f5f99;
  --ok: #1f7a8c; --failed: #c23b32; --timed_out: #b36b00; --missed: #7a57b8; --lost: #56606b; --cancelled: #868e97;
  --p50: #5a8fbe; --p95: #2f6aa3; --p99: #173f6e;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --panel: #1c2229; --ink: #e4e7ea; --muted: #a0aab4; --rule: #313942; --link: #8cbfea;
    --ok: #3f9fb2; --failed: #f0776c; --timed_out: #e3a23c; --missed: #b195e8; --lost: #a3adb8; --cancelled: #76818c;
    --p50: #4d84b5; --p95: #7db1de; --p99: #cfe4f7;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 3vw, 3rem) 4rem; max-width: 100rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: clamp(1.5rem, 4vw, 2.25rem); line-height: 1.2; }
h2 { margin: 0 0 .75rem; font-size: 1.125rem; }
header p { margin: .25rem 0; }
section { margin-top: 2.5rem; }
a { color: var(--link); }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
small, .muted, .empty, .zero { color: var(--muted); }
small, p.muted, p.empty { font-size: .875rem; }
p.muted, p.empty { margin: .5rem 0 0; }
.bad { color: var(--failed); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; color: #ffffff; font-weight: 600; white-space: nowrap; }
.badge.passed { background: #1a7548; }
.badge.failed { background: #b8322a; }
.badge.inconclusive { background: #8a5a00; }
.badge.plain { color: var(--ink); background: var(--panel); box-shadow: inset 0 0 0 1px var(--rule); }
header .badge { margin: .5rem .5rem 0 0; padding: .2rem .9rem; font-size: 1.125rem; }
.sum .badge { margin-left: .25rem; font-size: .8125rem; }
.why { margin: .75rem 0 0; padding-left: 1.25rem; }

.s-ok { --c: var(--ok); } .s-failed { --c: var(--failed); } .s-timed_out { --c: var(--timed_out); }
.s-missed { --c: var(--missed); } .s-lost { --c: var(--lost); } .s-cancelled { --c: var(--cancelled); }
.s-planned { --c: var(--ink); } .s-p50 { --c: var(--p50); } .s-p95 { --c: var(--p95); } .s-p99, .s-max { --c: var(--p99); }
.sum { margin: 0 0 .75rem; font-size: 1.125rem; }
.term { white-space: nowrap; }
.swatch { display: inline-block; width: .7em; height: .7em; margin-right: .35em; border-radius: 2px; background: var(--c); }
.swatch.stroke { height: .2em; margin-bottom: .25em; width: 1.2em; }
.swatch.s-planned { background: repeating-linear-gradient(90deg, var(--c) 0 4px, transparent 4px 7px); }
.swatch.s-max { background: repeating-linear-gradient(90deg, var(--c) 0 2px, transparent 2px 4px); }
.bar { display: block; width: 100%; height: .625rem; border-radius: 3px; margin-bottom: .5rem; }
.bar rect { fill: var(--c); }
p.muted + .sum { margin-top: 1.25rem; }

dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1rem 2rem; margin: 0 0 1.25rem; }
dl.origin { margin: 1rem 0 0; }
dt { color: var(--muted); font-size: .875rem; }
dd { margin: 0; }
dd small { display: block; }

.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 2rem 2.5rem; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: .75rem; font-size: .875rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; }
.plot { display: block; width: calc(100% - 4rem); margin-left: 4rem; overflow: visible; }
.plot text { fill: var(--muted); font-size: 12px; }
.plot .grid { stroke: var(--rule); }
.plot path { vector-effect: non-scaling-stroke; stroke: var(--c); }
.plot .area { fill: var(--c); stroke-width: 1; }
.plot .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.plot .s-planned { stroke-dasharray: 4 3; }
.plot .s-max { stroke-dasharray: 2 2; }

.scroll { position: relative; overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .8125rem; line-height: 1.35; overflow-wrap: normal; }
th, td { padding: .375rem .4rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: baseline; white-space: nowrap; }
thead th { color: var(--muted); font-weight: 500; border-bottom-color: var(--muted); }
.groups th, .groups td { padding-bottom: 0; border-bottom: 0; }
.groups th { text-align: center; font-size: .92em; }
tbody th { font-weight: 600; min-width: 9rem; max-width: 18rem; white-space: normal; overflow-wrap: anywhere; }
tbody th small { font-size: inherit; font-weight: 400; white-space: nowrap; }
th:first-child { padding-left: 0; text-align: left; position: sticky; left: 0; background: var(--paper); }
.text, .wide { text-align: left; }
td.text { max-width: 16rem; white-space: normal; overflow-wrap: break-word; }
td.wide { min-width: 16rem; max-width: 48rem; white-space: normal; overflow-wrap: anywhere; }
abbr { color: var(--muted); text-decoration: none; cursor: help; }
summary { cursor: pointer; color: var(--link); }
pre { margin: .5rem 0; padding: .5rem .75rem; background: var(--panel); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }

@media (max-width: 30rem) {
  body { padding-top: 1.25rem; }
  tbody th { min-width: 7rem; max-width: 8.5rem; }
  tbody th small { display: block; white-space: normal; }
  dl { grid-template-columns: 1fr 1fr; gap: .75rem 1rem; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { font-size: 10pt; }
  body { max-width: none; padding: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { margin-top: 1.5rem; }
  figure, tr, dl, header, #ledger { break-inside: avoid; }
  h2 { break-after: avoid; }
  .charts { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: .2rem .3rem; }
  th:first-child { position: static; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
