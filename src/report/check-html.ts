import { formatDuration, formatTime } from '../capture/time.ts';
import type { CheckedCapture } from '../conformance/check-capture.ts';
import type { Finding, Observation, VirtualRouterHistory } from '../conformance/result.ts';
import { announcedBefore, timelineDrawing } from './check-timeline.ts';
import {
  agreementInWords,
  byImportance,
  cite,
  clock,
  count,
  driftText,
  framesInWords,
  ruleInWords,
  subjectAndMessage,
  virtualRouterName,
} from './check-words.ts';
import { html, type Markup, raw } from './html-text.ts';
import { page } from './page.ts';

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
  const body = html`<h1>${file}</h1>
${head(checked)}
${few ? history : raw('')}
${section(
  observation.findings.some(({ verdict }) => verdict === 'fail') ? 'What was broken' : 'Warnings and what is open',
  byImportance(observation.findings).filter(isTrouble),
  (one) => findingItem(one, observation),
)}
${section('Causes', observation.causes, (one) => causeItem(one, observation))}
${section('Where the wire differs from the configuration', observation.deviations, deviationItem)}
${section(
  'As configured',
  observation.agreements,
  (one) => html`<li>${agreementInWords(one, observation.deviations)}</li>`,
)}
${few ? raw('') : history}
${section(
  'Worth knowing',
  byImportance(observation.findings).filter((one) => !isTrouble(one)),
  (one) => findingItem(one, observation),
)}
${section('About the capture', [...observation.notes, ...observation.limits], (text) => html`<li>${text}</li>`)}`;
  return page(`VRRP: ${file}`, STYLE, body);
}

function head({ observation, files, problem }: CheckedCapture): Markup {
  const { firstNs, lastNs, origin, frames, advertisements, findings } = observation;
  const span =
    firstNs === undefined || lastNs === undefined
      ? ''
      : `, from ${formatTime(firstNs, origin)} for ${formatDuration(lastNs - firstNs)}`;
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

/** A list under its title; what one page cannot carry is not made. */
function section<T>(title: string, entries: readonly T[], item: (entry: T) => Markup): Markup {
  if (entries.length === 0) return raw('');
  const rest = entries.length - FINDINGS_SHOWN;
  const left = rest > 0 ? html`<li class="dim">and ${rest} more (--json has them)</li>` : raw('');
  return html`<h2>${title}</h2>
<ul>
${entries.slice(0, FINDINGS_SHOWN).map(item)}
${left}
</ul>`;
}

function findingItem(finding: Finding, { origin, interfaces }: Observation): Markup {
  const { verdict, requirement, count: times, first, last, frames, advice } = finding;
  const span = last > first ? `${clock(first, origin)} to ${clock(last, origin)}` : clock(first, origin);
  const place = framesInWords(frames, interfaces, times);
  return html`<li><span class="chip ${verdict}">${verdict}</span> <strong>${requirement}</strong> ${subjectAndMessage(finding)}
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
${legend(history)}
<div class="scroll"><table><tr><th>router</th><th>priority</th><th>advertisements</th><th>interval</th><th>jitter</th><th>drift</th><th>missing</th></tr>
${routers.map(({ name, priorities, advertisements, regularity }) => html`<tr><td>${name}</td><td>${priorities.join(', ')}</td><td>${advertisements}</td><td>${regularity === undefined ? '' : `${(regularity.medianNs / 1e6).toFixed(2)} ms`}</td><td>${regularity === undefined ? '' : formatDuration(regularity.jitterNs)}</td><td>${regularity === undefined ? '' : driftText(regularity.driftNs)}</td><td>${regularity?.missing ?? ''}</td></tr>`)}
</table></div>
<details><summary>${count(timeline.length, 'tenure')}</summary><ol>
${timeline.slice(0, TENURES_SHOWN).map((tenure) => html`<li><span class="dim">${clock(tenure.firstNs, origin)} to ${clock(tenure.priorityZeroNs ?? tenure.lastNs, origin)}</span> ${tenure.description}</li>`)}
</ol></details>
${hostsSection(history, observation)}
</section>`;
}

/** What the colours of the drawing mean, as far as they are there. */
function legend(history: VirtualRouterHistory): Markup {
  const { timeline, vacancies, overlaps } = history;
  const colours = [
    { kind: 'active', text: 'Active', shown: timeline.length > 0 },
    {
      kind: 'announced',
      text: 'announced, and did not advertise yet',
      shown: timeline.some((tenure) => announcedBefore(history, tenure) !== undefined),
    },
    { kind: 'nobody', text: 'nobody was Active', shown: vacancies.length > 0 },
    { kind: 'both', text: 'two were Active', shown: overlaps.length > 0 },
  ];
  return html`<p class="legend dim">${colours.filter(({ shown }) => shown).map(({ kind, text }) => html`<span><i class="${kind}"></i>${text}</span>`)}</p>`;
}

function hostsSection({ hosts }: VirtualRouterHistory, { origin }: Observation): Markup {
  const rows = hosts.flatMap(({ address, spans }) => spans.map((span) => ({ address, ...span })));
  if (rows.length === 0) return raw('');
  return html`<details><summary>what hosts were told</summary><div class="scroll"><table><tr><th>address</th><th>is at</th><th>from</th><th>to</th><th>frames</th><th>answers</th></tr>
${rows.slice(0, BINDINGS_SHOWN).map(({ address, mac, isVirtualMac, router, firstNs, lastNs, frames, answers }) => html`<tr class="${isVirtualMac ? '' : 'wrong'}"><td>${address}</td><td>${mac}${router === undefined ? '' : ` (${router})`}</td><td>${clock(firstNs, origin)}</td><td>${clock(lastNs, origin)}</td><td>${frames}</td><td>${answers}</td></tr>`)}
</table></div></details>`;
}

const STYLE =
  raw(`.fail,.shown{color:var(--fail)}.warning,.inconclusive,.likely{color:var(--warn)}.pass{color:var(--pass)}.possible{color:var(--dim)}
.timeline{background:var(--soft);border-radius:4px;margin:.5rem 0}.bar{fill:var(--bar);min-width:1px;stroke:var(--bar)}.early{opacity:.4;stroke:none}
.two{fill:var(--fail);opacity:.3}.none{fill:var(--warn);opacity:.22}
.who{fill:var(--ink);font:12px system-ui,sans-serif;paint-order:stroke;stroke:var(--soft);stroke-width:3px}.tick{fill:var(--dim);font:11px system-ui,sans-serif}
.wrong{color:var(--fail)}.legend{font-size:.8rem;margin:0 0 .6rem}.legend span{margin-right:1rem}
.legend i{display:inline-block;width:.8rem;height:.6rem;margin-right:.35rem;border-radius:2px}
.active{background:var(--bar)}.announced{background:var(--bar);opacity:.4}.nobody{background:var(--warn);opacity:.4}.both{background:var(--fail);opacity:.5}
`);
