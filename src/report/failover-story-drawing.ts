import { ticksUpTo } from './failover-distribution.ts';
import type { FailoverStory } from './failover-schema.ts';
import { number } from './failover-table.ts';
import { html, type Markup } from './html-text.ts';

const ROW = 22;
/** What is drawn in a row is so high, in its middle. */
const MARK = 14;
const ABOVE = (ROW - MARK) / 2;
const AXIS = 18;
/** A text nearer to an edge than this part of the width would be cut. */
const EDGE = 0.06;

/** What happened around the fault of one run: a row for each router on each LAN, and for each path. */
export function storyDrawing({ from, to, advertisements, announcements, gaps }: FailoverStory): Markup {
  const lanes = [
    ...new Set([...advertisements, ...announcements].map(({ router, lan }) => `${router}, ${lan}`)),
  ].sort();
  const paths = gaps.map(({ path }) => path);
  const span = Math.max(to - from, 1e-3);
  const x = (ms: number) => `${(Math.min(1, Math.max(0, (ms - from) / span)) * 100).toFixed(3)}%`;
  const height = (lanes.length + paths.length) * ROW;
  const row = (index: number) => index * ROW + ABOVE;
  const laneOf = ({ router, lan }: { readonly router: string; readonly lan: string }) =>
    row(lanes.indexOf(`${router}, ${lan}`));
  const sent = advertisements.map((one) => {
    const top = laneOf(one);
    const kind = one.priority === 0 ? 'last' : 'sent';
    return html`<line class="${kind}" x1="${x(one.at)}" x2="${x(one.at)}" y1="${top}" y2="${top + MARK}"><title>${number(one.at)} ms: advertisement of ${one.router}, ${one.lan}, priority ${one.priority}</title></line>`;
  });
  const told = announcements.map(
    (one) =>
      html`<circle class="told" cx="${x(one.at)}" cy="${laneOf(one) + MARK / 2}" r="3"><title>${number(one.at)} ms: announcement of ${one.router}, ${one.lan}</title></circle>`,
  );
  const gone = gaps.map(({ path, from: began, to: ended }, index) => {
    const end = ended ?? to;
    const width = `${((Math.min(end, to) - began) / span) * 100}%`;
    return html`<rect class="gone" x="${x(began)}" y="${row(lanes.length + index)}" width="${width}" height="${MARK}"><title>${path}: nothing from ${number(began)} ms to ${ended === null ? 'the end' : `${number(ended)} ms`}</title></rect>`;
  });
  const names = [...lanes, ...paths].map((name) => html`<li>${name}</li>`);
  const rows = [...lanes, ...paths].map(
    (_, index) => html`<line class="grid" x1="0" x2="100%" y1="${(index + 1) * ROW}" y2="${(index + 1) * ROW}"/>`,
  );
  const ticks = ticksBetween(from, to).map((ms) => {
    const part = (ms - from) / span;
    const anchor = part < EDGE ? 'start' : part > 1 - EDGE ? 'end' : 'middle';
    return html`<text x="${x(ms)}" y="${height + 13}" text-anchor="${anchor}">${number(ms)} ms</text>`;
  });
  return html`<div class="story"><ul>${names}</ul><svg class="plot" role="img" aria-label="what happened around the fault" width="100%" height="${height + AXIS}">
<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="0" y2="${height}"><title>the fault</title></line>
${[...rows, ...gone, ...sent, ...told, ...ticks]}
</svg></div>`;
}

/** Round times on both sides of the fault, which is at 0. */
function ticksBetween(from: number, to: number): readonly number[] {
  const [, step = 1] = ticksUpTo(Math.max(to - from, 1e-3));
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}
