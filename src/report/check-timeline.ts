import type { Nanoseconds } from '../capture/time.ts';
import type { Observation, Tenure, VirtualRouterHistory } from '../conformance/result.ts';
import { duration } from '../conformance/rules/words.ts';
import { clock } from './check-words.ts';
import { html, type Markup } from './html-text.ts';

const ROW = 36;
const BAR = 14;
/** The name stands above the bars of its row. */
const NAME = 13;
const BARS = 18;
const HEAD = 4;
const AXIS = 18;
const BARS_DRAWN = 400;
const TICKS = 4;

/** Who was Active when, as a drawing: a row for each router, red where two were, hatched where nobody was. */
export function timelineDrawing(
  history: VirtualRouterHistory,
  { firstNs = 0, lastNs = 0, origin }: Observation,
): Markup {
  const spanNs = Math.max(1, lastNs - firstNs);
  const percent = (timeNs: Nanoseconds) => Math.min(100, Math.max(0, ((timeNs - firstNs) / spanNs) * 100));
  const x = (timeNs: Nanoseconds) => `${percent(timeNs).toFixed(3)}%`;
  const width = (fromNs: Nanoseconds, toNs: Nanoseconds) => `${(percent(toNs) - percent(fromNs)).toFixed(3)}%`;
  const names = [
    ...new Set([...history.routers.map(({ name }) => name), ...history.timeline.map(({ router }) => router)]),
  ];
  const height = HEAD + names.length * ROW;
  const row = (name: string) => HEAD + Math.max(0, names.indexOf(name)) * ROW;
  const bars = history.timeline.slice(0, BARS_DRAWN).flatMap((tenure) => {
    const end = tenure.priorityZeroNs ?? tenure.lastNs;
    const announcedNs = announcedBefore(history, tenure);
    const announced =
      announcedNs === undefined
        ? []
        : [
            html`<rect class="bar early" x="${x(announcedNs)}" y="${row(tenure.router) + BARS}" width="${width(announcedNs, tenure.firstNs)}" height="${BAR}"><title>announced its addresses ${duration(tenure.firstNs - announcedNs)} before its first advertisement</title></rect>`,
          ];
    const bar = html`<rect class="bar" x="${x(tenure.firstNs)}" y="${row(tenure.router) + BARS}" width="${width(tenure.firstNs, end)}" height="${BAR}" rx="2"><title>${describe(tenure, origin)}</title></rect>`;
    return [...announced, bar];
  });
  const doubled = history.overlaps.map(
    ({ fromNs, toNs, winner, loser }) =>
      html`<rect class="two" x="${x(fromNs)}" y="0" width="${width(fromNs, toNs)}" height="${height}"><title>two were Active: ${winner} and ${loser}, ${duration(toNs - fromNs)}</title></rect>`,
  );
  const vacant = history.vacancies.map(
    ({ fromNs, toNs }) =>
      html`<rect class="none" x="${x(fromNs)}" y="0" width="${width(fromNs, toNs)}" height="${height}"><title>nobody was Active for ${duration(toNs - fromNs)}</title></rect>`,
  );
  const labels = names.map((name) => html`<text class="who" x="4" y="${row(name) + NAME}">${name}</text>`);
  const ticks = Array.from({ length: TICKS + 1 }, (_, index) => {
    const timeNs = firstNs + (spanNs * index) / TICKS;
    const anchor = index === 0 ? 'start' : index === TICKS ? 'end' : 'middle';
    // Every second one is left out where there is no room.
    const kind = index % 2 === 0 ? 'tick' : 'tick wide';
    return html`<text class="${kind}" x="${x(timeNs)}" y="${height + 13}" text-anchor="${anchor}">${clock(timeNs, origin)}</text>`;
  });
  return html`<svg class="timeline" role="img" aria-label="who was Active when" width="100%" height="${height + AXIS}">
${[...vacant, ...bars, ...doubled, ...labels, ...ticks]}
</svg>`;
}

function describe({ firstNs, description, priorityZeroNs, lastNs }: Tenure, origin: Observation['origin']): string {
  return `${clock(firstNs, origin)} to ${clock(priorityZeroNs ?? lastNs, origin)}: ${description}`;
}

/** A time without an Active router ends with an announcement, where one came before the advertisement: when that was. */
export function announcedBefore(
  { vacancies, timeline }: VirtualRouterHistory,
  tenure: Tenure,
): Nanoseconds | undefined {
  const { router, firstNs } = tenure;
  const isNext = (toNs: Nanoseconds) => timeline.every((one) => one.firstNs < toNs || one.firstNs >= firstNs);
  return vacancies.find(({ next, toNs }) => next === router && toNs < firstNs && isNext(toNs))?.toNs;
}
