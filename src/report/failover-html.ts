import { distributionDrawing } from './failover-distribution.ts';
import type { FailoverCell, FailoverReport, FailoverRun } from './failover-schema.ts';
import { storyDrawing } from './failover-story-drawing.ts';
import {
  excludedLines,
  FAILOVER_COLUMNS,
  FAILOVER_LEGEND,
  FAILOVER_PATH_COLUMNS,
  type FailoverGroup,
  failoverGroups,
  failoverPathRows,
  number,
} from './failover-table.ts';
import { html, type Markup, raw } from './html-text.ts';
import { page } from './page.ts';

/** A measurement as one page: for each fault, version and interval the table, the distributions and the telling runs. */
export function failoverHtml(report: FailoverReport): string {
  const { host, routers, seed, runs } = report;
  const versions = Object.entries(routers).map(([name, version]) => `${name} ${version}`);
  const excluded = excludedLines(report);
  const body = html`<h1>How long is the network gone?</h1>
<p class="dim">${runs} runs each, seed ${seed}, ${host.cores} cores of ${host.processor}, Linux ${host.kernel}; ${versions.join(', ')}</p>
<p class="dim"><code>${report.command}</code></p>
${failoverGroups(report).map(groupSection)}
<h2>What the columns mean</h2>
<p>${FAILOVER_LEGEND}</p>
${excluded.length === 0 ? raw('') : html`<h2>Runs that were left out</h2><ul>${excluded.map((line) => html`<li>${line}</li>`)}</ul>`}`;
  return page('Failover', STYLE, body);
}

function groupSection({ title, about, rows, cells }: FailoverGroup): Markup {
  const measured = cells.filter(({ runs }) => runs.some(({ paths }) => paths !== undefined));
  return html`<section>
<h2>${title}</h2>
<p>${about}</p>
<div class="scroll"><table><tr>${FAILOVER_COLUMNS.map(([, name]) => html`<th>${name}</th>`)}</tr>
${rows.map((row) =>
  row.notApplicable === undefined
    ? html`<tr>${FAILOVER_COLUMNS.map(([key]) => html`<td>${row[key]}</td>`)}</tr>`
    : html`<tr><td>${row.router}</td><td colspan="${FAILOVER_COLUMNS.length - 1}">not applicable: ${row.notApplicable}</td></tr>`,
)}
</table></div>
${measured.length === 0 ? raw('') : distributionDrawing(measured)}
${measured.length === 0 ? raw('') : pathTable(measured)}
${measured.map(tellingRuns)}
</section>`;
}

function pathTable(cells: readonly FailoverCell[]): Markup {
  const rows = cells.flatMap(failoverPathRows);
  return html`<details><summary>each path</summary>
<div class="scroll"><table class="paths"><tr>${FAILOVER_PATH_COLUMNS.map(([, name]) => html`<th>${name}</th>`)}</tr>
${rows.map((row) => html`<tr>${FAILOVER_PATH_COLUMNS.map(([key]) => html`<td>${row[key]}</td>`)}</tr>`)}
</table></div></details>`;
}

function tellingRuns(cell: FailoverCell): Markup {
  const of = (run: number | undefined) => cell.runs.find((one) => one.run === run);
  const median = of(cell.medianRun);
  const worst = of(cell.worstRun);
  const shown = [
    ...(median === undefined ? [] : [runSection(cell.router, 'the median run', median)]),
    ...(worst === undefined || worst === median ? [] : [runSection(cell.router, 'the worst run', worst)]),
  ];
  return html`<details open><summary>${cell.router}: ${shown.length === 1 ? 'one run is both median and worst' : 'the median run and the worst'}</summary>
${shown}
</details>`;
}

function runSection(router: string, what: string, { run, paths, tcp, story, folder }: FailoverRun): Markup {
  const gone = Object.entries(paths ?? {}).map(
    ([path, { outageFrom, outageTo, lost }]) =>
      `${path} ${outageTo === 0 ? 'whole' : `${number(outageFrom)} to ${number(outageTo)} ms (${lost} lost)`}`,
  );
  if (tcp !== undefined)
    gone.push(`TCP ${tcp.stall === null ? 'did not go on' : `stood still for ${number(tcp.stall)} ms`}`);
  const capture =
    folder === undefined ? raw('') : html` <a href="${`${encodePath(folder)}/capture.pcapng`}">capture</a>`;
  return html`<h3>${router}, ${what}: run ${run}${capture}</h3>
<p class="dim">${gone.join('; ')}</p>
${story === undefined ? raw('') : storyDrawing(story)}`;
}

/** A relative path as a link. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

const STYLE = raw(`
code{overflow-wrap:anywhere;font-size:.85rem}
td,th{font-variant-numeric:tabular-nums}th{white-space:normal;vertical-align:bottom}td:not(:first-child),th:not(:first-child){text-align:right}.paths td:nth-child(2),.paths th:nth-child(2){text-align:left}
a{color:var(--bar)}
.plot{background:var(--soft);border-radius:4px;margin:.5rem 0;display:block}
.plot text{fill:var(--dim);font:11px system-ui,sans-serif}
.story{display:flex;gap:.5rem;align-items:start;margin:.5rem 0}.story ul{list-style:none;margin:0;padding:0;font:11px/22px system-ui,sans-serif;white-space:nowrap}.story li{margin:0}.story .plot{flex:1;min-width:0;margin:0}
.grid{stroke:var(--line)}.curve{fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
.rfc{fill:none;stroke:var(--dim);stroke-width:2;stroke-dasharray:6 4;vector-effect:non-scaling-stroke}
.c0{stroke:var(--bar);color:var(--bar)}.c1{stroke:var(--warn);color:var(--warn)}.c2{stroke:var(--pass);color:var(--pass)}.c3{stroke:var(--fail);color:var(--fail)}
.key{display:inline-block;width:1.2rem;border-top:2px solid currentColor;vertical-align:middle;margin:0 .3rem 0 .8rem}.key.rfc{border-top-style:dashed;color:var(--dim)}
.gone{fill:var(--fail);opacity:.35}.fault{stroke:var(--fail)}.sent{stroke:var(--bar);stroke-width:2}.told{fill:var(--pass)}.last{stroke:var(--warn);stroke-width:2}
`);
