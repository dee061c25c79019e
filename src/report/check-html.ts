import { formatDuration, formatTime } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import type { Finding, Observation, VirtualRouterHistory } from '../conformance/result.ts';
import { timelineDrawing } from './check-timeline.ts';
import {
  byImportance,
  cite,
  clock,
  count,
  driftText,
  framesInWords,
  ruleInWords,
  virtualRouterName,
} from './check-words.ts';
import { html, type Markup, raw } from './html-text.ts';

/** What one page can carry; JSON has everything. */
const FINDINGS_SHOWN = 500;
const VIRTUAL_ROUTERS_SHOWN = 200;
const FEW = 3;
const TENURES_SHOWN = 400;
const BINDINGS_SHOWN = 100;

/** A checked capture as one page that needs nothing else: no script, no font, no picture from elsewhere. */
export function checkHtml(checked: CheckedCapture): string {
  const { observation, file } = checked;
  const shown = observation.virtualRouters.slice(0, VIRTUAL_ROUTERS_SHOWN);
  const history = html`<h2>Who was Active when</h2>
${shown.map((one) => historySection(one, observation))}`;
  // A few drawings tell more than the list of findings; many would hide it.
  const few = shown.length <= FEW;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>VRRP: ${file}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${file}</h1>
${head(checked)}
${few ? history : raw('')}
${section(
  'What was broken',
  byImportance(observation.findings)
    .filter(isTrouble)
    .map((one) => findingItem(one, observation)),
)}
${section(
  'Causes',
  observation.causes.map((one) => causeItem(one, observation)),
)}
${section('Where the wire differs from the configuration', observation.deviations.map(deviationItem))}
${few ? raw('') : history}
${section(
  'Worth knowing',
  byImportance(observation.findings)
    .filter((one) => !isTrouble(one))
    .map((one) => findingItem(one, observation)),
)}
${section(
  'About the capture',
  [...observation.notes, ...observation.limits].map((text) => html`<li>${text}</li>`),
)}
</main>
</body>
</html>
`;
  return page.markup;
}

function head({ observation, files, problem }: CheckedCapture): Markup {
  const { firstNs, lastNs, origin, frames, advertisements, findings } = observation;
  const span =
    firstNs === undefined || lastNs === undefined
      ? ''
      : `, ${formatTime(firstNs, origin)} and ${formatDuration(lastNs - firstNs)} on`;
  const number = (verdict: Finding['verdict']) =>
    new Set(findings.filter((one) => one.verdict === verdict).map(({ requirement }) => requirement)).size;
  const chips = [
    { kind: 'fail', text: `${count(number('fail'), 'requirement')} broken`, shown: number('fail') > 0 },
    { kind: 'inconclusive', text: `${number('inconclusive')} open`, shown: number('inconclusive') > 0 },
    { kind: 'warning', text: `${count(number('warning'), 'requirement')} with warnings`, shown: number('warning') > 0 },
    { kind: 'pass', text: 'no rule was broken', shown: number('fail') + number('warning') === 0 },
  ];
  return html`<p>${count(frames, 'frame')}, ${count(advertisements, 'advertisement')}${span}</p>
<p>${chips.filter(({ shown }) => shown).map(({ kind, text }) => html`<span class="chip ${kind}">${text}</span>`)}</p>
${(files ?? []).map((one) => html`<p class="dim">${one.file}: ${count(one.frames, 'frame')}, clock ${one.clock.kind}</p>`)}
${problem === undefined ? [] : html`<p class="chip warning">the capture broke: ${problem}</p>`}`;
}

function isTrouble({ verdict }: Finding): boolean {
  return verdict !== 'pass';
}

function section(title: string, entries: readonly Markup[]): Markup {
  if (entries.length === 0) return raw('');
  const rest = entries.length - FINDINGS_SHOWN;
  const left = rest > 0 ? html`<li class="dim">and ${rest} more (--json has them)</li>` : raw('');
  return html`<h2>${title}</h2>
<ul>
${entries.slice(0, FINDINGS_SHOWN)}
${left}
</ul>`;
}

function findingItem(finding: Finding, { origin, interfaces }: Observation): Markup {
  const { verdict, requirement, message, virtualRouter, router, count: times, first, last, frames, advice } = finding;
  const span = last > first ? `${clock(first, origin)} to ${clock(last, origin)}` : clock(first, origin);
  const place = framesInWords(frames, interfaces, times);
  return html`<li><span class="chip ${verdict}">${verdict}</span> <strong>${requirement}</strong> ${virtualRouterName(virtualRouter)} ${router}: ${message}
<details><summary>${times === 1 ? 'once' : `${times} times`}, ${span}${place === '' ? '' : `, ${place}`}</summary>
<p>${ruleInWords(finding)}</p><p class="dim">${cite(finding)}</p></details>
${advice === undefined ? [] : html`<p>→ ${advice}</p>`}</li>`;
}

function causeItem(cause: Observation['causes'][number], { interfaces }: Observation): Markup {
  const { id, certainty, virtualRouter, text, settle, frames } = cause;
  const whose = virtualRouter === undefined ? '' : `${virtualRouterName(virtualRouter)}: `;
  const place = framesInWords(frames, interfaces);
  return html`<li><span class="chip ${certainty}">${certainty}</span> <strong>${id}</strong> ${whose}${text}${place === '' ? '' : ` (${place})`}
<p>what settles it: ${settle}</p></li>`;
}

function deviationItem(one: Observation['deviations'][number]): Markup {
  const who = [one.configuration, one.router].filter((name) => name !== undefined).join(' = ');
  return html`<li><strong>${one.setting}</strong> ${virtualRouterName(one.virtualRouter)} ${who}: configured ${one.configured}; on the wire ${one.seen}</li>`;
}

function historySection(history: VirtualRouterHistory, observation: Observation): Markup {
  const { lan, virtualRouterId, family, versions, addresses, timeline, routers } = history;
  const { origin } = observation;
  const version = versions.length === 0 ? '' : `, VRRPv${versions.join(' and v')}`;
  return html`<section>
<h3>${virtualRouterName({ virtualRouterId, family })}${version} on ${lan}</h3>
<p class="dim">${addresses.slice(0, 20).join(' ')}${addresses.length > 20 ? ` and ${addresses.length - 20} more` : ''}</p>
${timelineDrawing(history, observation)}
<div class="scroll"><table><tr><th>router</th><th>priority</th><th>advertisements</th><th>interval</th><th>jitter</th><th>drift</th><th>missing</th></tr>
${routers.map(({ name, priorities, advertisements, regularity }) => html`<tr><td>${name}</td><td>${priorities.join(', ')}</td><td>${advertisements}</td><td>${regularity === undefined ? '' : `${(regularity.medianNs / 1e6).toFixed(2)} ms`}</td><td>${regularity === undefined ? '' : formatDuration(regularity.jitterNs)}</td><td>${regularity === undefined ? '' : driftText(regularity.driftNs)}</td><td>${regularity?.missing ?? ''}</td></tr>`)}
</table></div>
<details><summary>${count(timeline.length, 'tenure')}</summary><ol>
${timeline.slice(0, TENURES_SHOWN).map((tenure) => html`<li><span class="dim">${clock(tenure.firstNs, origin)} to ${clock(tenure.priorityZeroNs ?? tenure.lastNs, origin)}</span> ${tenure.description}</li>`)}
</ol></details>
${hostsSection(history, observation)}
</section>`;
}

function hostsSection({ hosts }: VirtualRouterHistory, { origin }: Observation): Markup {
  const rows = hosts.flatMap(({ address, spans }) => spans.map((span) => ({ address, ...span })));
  if (rows.length === 0) return raw('');
  return html`<details><summary>what hosts were told</summary><div class="scroll"><table><tr><th>address</th><th>is at</th><th>from</th><th>to</th><th>frames</th><th>answers</th></tr>
${rows.slice(0, BINDINGS_SHOWN).map(({ address, mac, isVirtualMac, router, firstNs, lastNs, frames, answers }) => html`<tr class="${isVirtualMac ? '' : 'wrong'}"><td>${address}</td><td>${mac}${router === undefined ? '' : ` (${router})`}</td><td>${clock(firstNs, origin)}</td><td>${clock(lastNs, origin)}</td><td>${frames}</td><td>${answers}</td></tr>`)}
</table></div></details>`;
}

const STYLE = raw(`
:root{color-scheme:light dark;--ink:#1a1d21;--paper:#fff;--dim:#5b6570;--line:#d5dae0;--bar:#2f6fb3;--fail:#b3261e;--warn:#8a5a00;--pass:#1f7a3d;--soft:#f3f5f8}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14171a;--dim:#9aa5b1;--line:#333a42;--bar:#6aa5e6;--fail:#ff8a80;--warn:#f0b44c;--pass:#7ad197;--soft:#1d2227}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.2rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin-top:2rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin-bottom:0}
ul,ol{padding-left:1.1rem}li{margin:.6rem 0;overflow-wrap:anywhere}li p,details p{margin:.2rem 0}
summary{color:var(--dim);cursor:pointer}.dim{color:var(--dim)}p{margin:.4rem 0;overflow-wrap:anywhere}
.chip{display:inline-block;padding:0 .5rem;border:1px solid currentColor;border-radius:.7rem;font-size:.8rem;margin-right:.3rem}
.fail,.shown{color:var(--fail)}.warning,.inconclusive,.likely{color:var(--warn)}.pass{color:var(--pass)}.possible{color:var(--dim)}
.timeline{background:var(--soft);border-radius:4px;margin:.5rem 0}.bar{fill:var(--bar);min-width:1px;stroke:var(--bar)}
.two{fill:var(--fail);opacity:.3}.none{fill:var(--warn);opacity:.22}
.who{fill:var(--ink);font:12px system-ui,sans-serif;paint-order:stroke;stroke:var(--soft);stroke-width:3px}.tick{fill:var(--dim);font:11px system-ui,sans-serif}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}td,th{text-align:left;padding:.15rem .7rem .15rem 0;border-bottom:1px solid var(--line);white-space:nowrap}
.wrong{color:var(--fail)}
@media (max-width:40rem){.wide{display:none}main{padding:.7rem}}
`);
