import { stripVTControlCharacters } from 'node:util';
import { formatDuration, formatTime, type Nanoseconds, type TimeOrigin } from '../capture/time.ts';
import type { ActiveRouter, Observer } from '../conformance/observer/api.ts';
import type { Finding, VirtualRouterKey } from '../conformance/result.ts';
import { clock, LABELS, subjectAndMessage, virtualRouterName } from './check-words.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

const VIRTUAL_ROUTERS_SHOWN = 40;
const CHANGES_TOLD = 100;
/** The counts above the states, what says that there are more, and where the cursor stands. */
const ROWS_BESIDE = 4;

/** What has changed since the last look. */
export interface WatchNews {
  /** Lines to be told, in the order of time. */
  readonly lines: readonly string[];
  /** Findings that were not there before. */
  readonly findings: readonly Finding[];
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** Follows an observer: who is Active, and what is new. */
export interface WatchView {
  /** What happened since the last call. */
  news(nowNs: Nanoseconds): WatchNews;
  /** The state of every virtual router, for a terminal of that size. */
  screen(nowNs: Nanoseconds, size: TerminalSize, lost: number): string;
  /** Changes of the Active router so far. */
  readonly changes: ReadonlyMap<string, number>;
}

/** One name for each virtual router. */
export function keyText({ lan, virtualRouterId, family }: VirtualRouterKey): string {
  return `${lan} ${virtualRouterId} ${family}`;
}

export function createWatchView(observer: Observer, origin: TimeOrigin, style: Style): WatchView {
  const active = new Map<string, string>();
  const told = new Set<string>();
  const changes = new Map<string, number>();

  function changeLine(key: VirtualRouterKey, now: readonly ActiveRouter[], nowNs: Nanoseconds): string | undefined {
    const text = now.map(({ router }) => router).join(' and ');
    const name = keyText(key);
    if (active.get(name) === text) return undefined;
    const isFirst = !active.has(name);
    active.set(name, text);
    if (!isFirst) changes.set(name, (changes.get(name) ?? 0) + 1);
    const sinceNs = now.length === 0 ? nowNs : Math.max(...now.map((one) => one.sinceNs));
    const where = `${style.bold(virtualRouterName(key))} on ${printable(key.lan)}`;
    return `${style.dim(clock(sinceNs, origin))} ${where}: ${stateInWords(now, style)}${reason(key, now)}`;
  }

  /** Why the newest of them became Active, and how long that took. */
  function reason(key: VirtualRouterKey, now: readonly ActiveRouter[]): string {
    const [newest] = now.toSorted((a, b) => b.sinceNs - a.sinceNs);
    const tenures = observer.tenures(key);
    const tenure = tenures.findLast(({ router, firstNs }) => router === newest?.router && firstNs === newest.sinceNs);
    // How it ends is not known yet.
    if (tenure !== undefined) {
      const story = tenure.description.slice(0, tenure.description.lastIndexOf('; '));
      // Who it is has just been said.
      const subject = `${newest?.router} (priority ${newest?.priority}) `;
      return printable(`: ${now.length === 1 && story.startsWith(subject) ? story.slice(subject.length) : story}`);
    }
    const last = tenures[tenures.length - 1];
    return now.length > 0 || last === undefined ? '' : printable(`: ${last.router} ${ENDS[last.end]}`);
  }

  return {
    changes,
    news(nowNs) {
      const lines: string[] = [];
      for (const key of observer.virtualRouters()) {
        const line = changeLine(key, observer.activeRouters(key, nowNs), nowNs);
        if (line !== undefined && lines.length < CHANGES_TOLD) lines.push(line);
      }
      const findings = observer.findings().filter((finding) => {
        const { requirement, router, virtualRouter, verdict, message } = finding;
        const name = `${requirement} ${keyText(virtualRouter)} ${router} ${verdict} ${message}`;
        if (told.has(name)) return false;
        if (told.size < TOLD) told.add(name);
        return true;
      });
      for (const finding of findings.slice(0, CHANGES_TOLD)) lines.push(findingLine(finding, origin, style));
      return { lines, findings };
    },
    screen(nowNs, { rows, columns }, lost) {
      const keys = observer.virtualRouters();
      const states: string[] = [];
      let shown = 0;
      for (const key of keys.slice(0, VIRTUAL_ROUTERS_SHOWN)) {
        const folded = wrap(stateLine(key, observer.activeRouters(key, nowNs), { nowNs, style, columns }), columns);
        if (shown > 0 && states.length + folded.length > rows - ROWS_BESIDE) break;
        states.push(...folded);
        shown++;
      }
      const { frames, advertisements } = observer.counts();
      const lossText = lost === 0 ? '' : style.verdict('warning', `, ${lost} lost`);
      return [
        style.dim(`${formatTime(nowNs, origin).slice(0, 19)}Z  ${frames} frames, ${advertisements} advertisements`) +
          lossText,
        ...(keys.length === 0 ? ['no advertisement yet'] : []),
        ...states,
        ...(keys.length > shown ? [`and ${keys.length - shown} more`] : []),
      ].join('\n');
    },
  };
}

/** Findings that are remembered as told. */
const TOLD = 8192;

const ENDS = {
  'still-active': 'is silent',
  'priority-zero': 'gave up with priority 0',
  silence: 'fell silent',
  preempted: 'was preempted',
  yielded: 'gave way',
  unknown: 'is not known of',
} as const;

function stateInWords(now: readonly ActiveRouter[], style: Style, priorityWord = 'priority '): string {
  if (now.length === 0) return style.verdict('fail', 'nobody is Active');
  const names = printable(now.map(({ router, priority }) => `${router} (${priorityWord}${priority})`).join(' and '));
  if (now.length === 1) return `Active ${names}`;
  return style.verdict('fail', `${now.length} are Active: ${names}`);
}

interface Surroundings {
  readonly nowNs: Nanoseconds;
  readonly style: Style;
  readonly columns: number;
}

/** The state of one virtual router, in as many words as one row has room for. */
function stateLine(
  key: VirtualRouterKey,
  now: readonly ActiveRouter[],
  { nowNs, style, columns }: Surroundings,
): string {
  const [first] = now;
  const name = `${style.bold(virtualRouterName(key).padEnd(13))} ${printable(key.lan)}`;
  if (first === undefined) return `${name}  ${stateInWords(now, style)}`;
  const age = ageInWords(nowNs - first.sinceNs);
  const interval = formatDuration(first.advertisedIntervalNs);
  const last = ageInWords(nowNs - first.lastNs);
  const lines = [
    `${name}  ${stateInWords(now, style)} for ${age}, every ${interval}, last ${last} ago`,
    `${name}  ${stateInWords(now, style, '')} ${age}, every ${interval}, last ${last} ago`,
    `${name}  ${stateInWords(now, style, '')} for ${age}, last ${last} ago`,
  ];
  return lines.find((line) => stripVTControlCharacters(line).length <= columns) ?? lines[0]!;
}

/** No finer than a person reads it from a screen that is drawn four times a second. */
function ageInWords(ageNs: number): string {
  const tenths = Math.max(0, Math.round(ageNs / 1e8));
  return tenths < 100 ? `${(tenths / 10).toFixed(1)} s` : formatDuration(Math.round(tenths / 10) * 1e9);
}

function findingLine(finding: Finding, origin: TimeOrigin, style: Style): string {
  const { verdict, requirement, last } = finding;
  const what = printable(subjectAndMessage(finding));
  return `${style.dim(clock(last, origin))} ${style.verdict(verdict, LABELS[verdict])} ${style.bold(requirement)}  ${what}`;
}
