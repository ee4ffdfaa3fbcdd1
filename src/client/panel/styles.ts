/** The panel's style sheet. Colours keep a contrast of 4.5 to 1 in both schemes. */

export const STYLES = `
:host {
  all: initial;
  color-scheme: light dark;
  --paper: #ffffff; --sunk: #f2f6f7; --ink: #0e1c21; --quiet: #4f6067; --line: #d3dee1;
  --water: #0a7386; --deep: #5546c0; --soft: #cfe6ea; --warn: #8f3d06; --warn-paper: #fff3e6; --warn-line: #f0c79d;
  --shadow: 0 12px 40px rgb(10 30 40 / .22), 0 2px 8px rgb(10 30 40 / .14);
  font: 14px/1.45 ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --paper: #101b20; --sunk: #18262c; --ink: #e8f1f3; --quiet: #9fb3ba; --line: #2b3d45;
    --water: #45c6da; --deep: #ab9fff; --soft: #1f3d45; --warn: #ffbb80; --warn-paper: #2d1f12; --warn-line: #61421f;
    --shadow: 0 12px 40px rgb(0 0 0 / .55), 0 2px 8px rgb(0 0 0 / .4);
  }
}
* { box-sizing: border-box; }
[data-placement] { --tone: var(--quiet); }
[data-placement="cookie"] { --tone: var(--water); }
[data-placement="both"], [data-placement="server"] { --tone: var(--deep); }
b { font-weight: 650; }
code, pre, .took, .bytes, time { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 12.5px; }
button { font: inherit; color: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--water); outline-offset: 2px; }
.quiet { color: var(--quiet); margin: 0; overflow-wrap: anywhere; }

.pill, .drawer { position: fixed; z-index: 2147483000; color: var(--ink); background: var(--paper); border: 1px solid var(--line); box-shadow: var(--shadow); }
.pill { right: max(16px, env(safe-area-inset-right)); bottom: max(16px, env(safe-area-inset-bottom)); display: flex; align-items: center; gap: 9px; min-height: 44px; padding: 6px 15px 6px 10px; border-radius: 999px; text-align: left; transition: transform .15s ease; }
.pill:hover { transform: translateY(-1px); border-color: var(--tone); }
.pill-text { display: grid; line-height: 1.15; }
.pill-text b { font-variant-numeric: tabular-nums; }
.pill-text span { font-size: 11.5px; color: var(--quiet); }
.count { min-width: 20px; padding: 1px 6px; border-radius: 999px; background: var(--warn); color: var(--paper); font-size: 12px; font-weight: 700; text-align: center; }
.mark { flex: none; }
.mark-wall { fill: var(--ink); }
.mark-water { fill: var(--tone); transition: d .4s ease; }
.mark-fall { fill: var(--tone); opacity: 0; }
[data-placement="server"] .mark-fall, [data-placement="both"] .mark-fall { opacity: 1; }

.drawer { top: 12px; right: 12px; bottom: 12px; width: min(440px, calc(100vw - 24px)); display: flex; flex-direction: column; border-radius: 16px; overflow: hidden; animation: enter .18s ease-out; }
.drawer:focus { outline: none; }
@keyframes enter { from { transform: translateX(16px); opacity: 0; } }
.header { display: flex; align-items: center; gap: 9px; padding: 12px 12px 12px 16px; border-bottom: 1px solid var(--line); }
h2 { margin: 0; font-size: 16px; font-weight: 680; letter-spacing: -.01em; }
.badge { margin-right: auto; padding: 2px 10px; border-radius: 999px; border: 1px solid var(--tone); color: var(--tone); font-size: 12.5px; font-weight: 600; }
.icon { display: grid; place-items: center; width: 36px; height: 36px; border: 0; border-radius: 9px; background: none; }
.icon:hover, .plain:hover { background: var(--sunk); }
.icon path { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.body { flex: 1; overflow: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 18px; }
.body:focus-visible { outline-offset: -3px; }
.heading { display: flex; align-items: center; justify-content: space-between; min-height: 32px; margin-bottom: 6px; }
h3 { margin: 0; font-size: 12px; font-weight: 680; letter-spacing: .05em; text-transform: uppercase; color: var(--quiet); }
h3.application { text-transform: none; letter-spacing: 0; font-size: 14px; color: var(--ink); }
.plain { border: 1px solid var(--line); border-radius: 8px; background: none; padding: 4px 11px; min-height: 30px; font-size: 13px; }
ul, ol, dl, figure { margin: 0; padding: 0; list-style: none; }

.gauge { display: grid; gap: 6px; }
.scale { position: relative; height: 17px; font-size: 11.5px; color: var(--quiet); }
.tick { position: absolute; white-space: nowrap; }
.tick.left { transform: translateX(-100%); padding-right: 5px; }
.tick.right { padding-left: 5px; transform: translateX(-38%); }
.track { position: relative; height: 34px; border-radius: 9px; background: var(--sunk); border: 1px solid var(--line); overflow: hidden; }
.fill { display: flex; gap: 1px; height: 100%; min-width: 0; background: var(--paper); transition: width .45s cubic-bezier(.2, .8, .2, 1); }
.part { flex-basis: 0; min-width: 1px; background: var(--tone); }
.part:nth-child(2n) { opacity: .82; }
.part:nth-child(3n) { opacity: .68; }
.part:last-child { opacity: .34; }
.line { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--ink); box-shadow: 0 0 0 1px var(--paper); }
.line.faint { background: repeating-linear-gradient(var(--ink) 0 4px, var(--paper) 4px 8px); }
figcaption { color: var(--quiet); }
figcaption b { color: var(--ink); }

.warnings { margin: 0; display: grid; gap: 9px; padding: 11px 13px; border-radius: 11px; background: var(--warn-paper); border: 1px solid var(--warn-line); color: var(--ink); }
.warnings li { display: grid; gap: 1px; }
.warnings b { color: var(--warn); overflow-wrap: anywhere; }

.deadlines { display: grid; gap: 9px; }
.deadline { display: grid; grid-template-columns: 1fr auto; gap: 4px 12px; align-items: baseline; }
.deadline time { font-size: 14px; font-variant-numeric: tabular-nums; }
.rest, .weight { grid-column: 1 / -1; height: 4px; border-radius: 4px; background: var(--sunk); overflow: hidden; }
.rest span, .weight span { display: block; height: 100%; border-radius: 4px; background: var(--water); }
.facts { display: grid; grid-template-columns: repeat(2, 1fr); gap: 10px 16px; }
.facts div { display: grid; min-width: 0; }
.facts .wide { grid-column: 1 / -1; }
dt { font-size: 12px; color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }

.values { display: grid; gap: 11px; }
.values li { display: grid; grid-template-columns: minmax(0, auto) 1fr auto; gap: 4px 10px; align-items: baseline; }
.key { font-weight: 650; overflow-wrap: anywhere; }
.type { color: var(--quiet); font-size: 12.5px; }
.value { grid-column: 1 / -1; margin: 2px 0 4px; max-height: 220px; overflow: auto; border-radius: 9px; }
pre { margin: 0; padding: 9px 11px; border-radius: 9px; background: var(--sunk); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.tag { display: inline-block; margin-left: 6px; padding: 0 7px; border-radius: 999px; background: var(--sunk); border: 1px solid var(--line); color: var(--quiet); font-size: 11.5px; }

.requests { display: grid; border: 1px solid var(--line); border-radius: 11px; overflow: hidden; }
.requests > li + li { border-top: 1px solid var(--line); }
summary { display: grid; grid-template-columns: 1fr auto; gap: 0 12px; padding: 8px 12px; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--sunk); }
summary:focus-visible { outline-offset: -3px; }
.what { overflow-wrap: anywhere; }
.what b { font-size: 12px; letter-spacing: .02em; }
.trips { font-size: 12.5px; color: var(--quiet); white-space: nowrap; }
.failed { color: var(--warn); font-weight: 650; }
.meta { grid-column: 1 / -1; font-size: 12px; color: var(--quiet); font-variant-numeric: tabular-nums; }
.timeline { display: grid; gap: 6px; padding: 2px 12px 11px; }
.timeline li { display: grid; grid-template-columns: 1fr auto; gap: 1px 10px; }
.timeline .call { padding-left: 12px; }
.name { font-size: 13px; }
.note { color: var(--quiet); }
.took { color: var(--quiet); }
.bar { grid-column: 1 / -1; position: relative; height: 4px; border-radius: 4px; background: var(--sunk); overflow: hidden; }
.bar span { position: absolute; top: 0; bottom: 0; min-width: 2px; border-radius: 4px; background: var(--water); }
.call .bar span { background: var(--deep); }
.events { margin: 0; padding: 0 12px 11px; }
.events .tag:first-child { margin-left: 0; }

.cookies { display: grid; gap: 3px; margin-bottom: 6px; }
.cookies li { display: flex; justify-content: space-between; gap: 12px; }
.cookies code { overflow-wrap: anywhere; }
.bytes { color: var(--quiet); white-space: nowrap; }

@media (max-width: 520px) {
  .pill { padding-right: 13px; }
  .drawer { top: auto; left: 0; right: 0; bottom: 0; width: auto; height: 86dvh; border-radius: 18px 18px 0 0; border-width: 1px 0 0; padding-bottom: env(safe-area-inset-bottom); animation-name: rise; }
}
@keyframes rise { from { transform: translateY(24px); opacity: 0; } }
@media (prefers-reduced-motion: reduce) { *, .drawer { animation: none; transition: none; } }
@media (forced-colors: active) { .part, .rest span, .weight span, .bar span, .line { forced-color-adjust: none; } }
@media print { .pill, .drawer { display: none; } }
`;
