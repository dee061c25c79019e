import { expectedPart } from '../failover/expected.ts';
import type { FailoverCell } from './failover-schema.ts';
import { number, outageOf } from './failover-table.ts';
import { html, type Markup } from './html-text.ts';

const HEIGHT = 220;
const AXIS = 20;
const HEAD = 8;
/** The curves are drawn in units of their own, and stretched. */
const UNITS = 1000;
const COLOURS = 4;
const TICKS = 5;
/** Room at the right of the greatest value. */
const MARGIN = 1.05;

/** Outages as distribution functions, a curve for each router, and the RFC's: what part of runs was over by then. */
export function distributionDrawing(cells: readonly FailoverCell[]): Markup {
  const expected = cells.find((cell) => cell.expected !== undefined)?.expected;
  const samples = cells.map(({ router, runs }) => ({
    router,
    values: runs.flatMap((run) => outageOf(run) ?? []).sort((left, right) => left - right),
  }));
  const finite = samples.flatMap(({ values }) => values.filter(Number.isFinite));
  const largest = Math.max(1, ...finite, expected?.to ?? 0) * MARGIN;
  const x = (ms: number) => ((ms / largest) * UNITS).toFixed(1);
  const y = (part: number) => ((1 - part) * UNITS).toFixed(1);
  const curves = samples.map(
    ({ values }, index) => html`<path class="curve c${index % COLOURS}" d="${stepsOf(values, x, y)}"/>`,
  );
  const law = expected === undefined ? [] : [html`<path class="rfc" d="${lawOf(expected, largest, x, y)}"/>`];
  const ticks = ticksUpTo(largest).map((ms) => {
    const at = `${((ms / largest) * 100).toFixed(2)}%`;
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${HEAD}" y2="${HEAD + HEIGHT}"/><text x="${at}" y="${HEAD + HEIGHT + 14}" text-anchor="${ms === 0 ? 'start' : 'middle'}">${number(ms)}${ms === 0 ? ' ms' : ''}</text>`;
  });
  const parts = [0.5, 0.9].map((part) => {
    const at = HEAD + (1 - part) * HEIGHT;
    return html`<line class="grid" x1="0" x2="100%" y1="${at}" y2="${at}"/><text x="4" y="${at - 3}">${part * 100}% of runs</text>`;
  });
  const keys = samples.map(({ router }, index) => html`<span class="key c${index % COLOURS}"></span>${router}`);
  return html`<svg class="plot" role="img" aria-label="how long the network was gone, as a distribution" width="100%" height="${HEAD + HEIGHT + AXIS}">
${[...ticks, ...parts]}
<svg x="0" y="${HEAD}" width="100%" height="${HEIGHT}" viewBox="0 0 ${UNITS} ${UNITS}" preserveAspectRatio="none">
${[...law, ...curves]}
</svg>
</svg>
<p class="dim">How long the network was gone (worst path), and the part of runs in which it was back by then:${keys}${law.length === 0 ? [] : html`<span class="key rfc"></span>the RFC's timers, for the first advertisement`}</p>`;
}

type Scale = (value: number) => string;

/** The empirical distribution function: a step up at each value. */
function stepsOf(values: readonly number[], x: Scale, y: Scale): string {
  const points = values.flatMap((value, index) =>
    Number.isFinite(value) ? [`H${x(value)}V${y((index + 1) / values.length)}`] : [],
  );
  return `M0 ${UNITS}${points.join('')}H${UNITS}`;
}

function lawOf(
  { from, to }: { readonly from: number; readonly to: number },
  largest: number,
  x: Scale,
  y: Scale,
): string {
  const law = { fromNs: from, toNs: to };
  const corners = [from, to].map((ms) => `L${x(ms)} ${y(expectedPart(law, ms))}`);
  return `M0 ${UNITS}L${x(from)} ${UNITS}${corners.join('')}L${x(largest)} 0`;
}

/** Round values from 0 on: 1, 2 or 5 times a power of ten apart. */
export function ticksUpTo(largest: number): readonly number[] {
  const rough = largest / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, index) => index * step);
}
