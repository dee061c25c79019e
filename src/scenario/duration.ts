import { MILLISECOND, SECOND } from '../capture/time.ts';

/** What a scenario may count in beside clock time: the RFCs' timers of one router, RFC 9568 §6.1. */
export const TIMER_NAMES = ['advertisement-interval', 'skew-time', 'active-down-interval'] as const;
export type TimerName = (typeof TIMER_NAMES)[number];

/** A sum of clock time and multiples of timers: `2 * active-down-interval + 20ms`. */
export interface Term {
  readonly text: string;
  readonly fixedNs: number;
  readonly timers: readonly { readonly name: TimerName; readonly factor: number }[];
}

/** The timers of one router of one virtual router, in nanoseconds. */
export type Timers = Readonly<Record<TimerName, number>>;

/** One duration or timer, with an optional factor: `300ms`, `1.5 s`, `3 * skew-time`. JSON Schema shows it to editors. */
const NUMBER = String.raw`\d+(?:\.\d+)?`;
const SUMMAND = String.raw`(?:${NUMBER}\s*(?:us|ms|s|min)|(?:${NUMBER}\s*\*\s*)?(?:${TIMER_NAMES.join('|')}))`;
export const TERM_PATTERN = new RegExp(String.raw`^\s*-?\s*${SUMMAND}(?:\s*[+-]\s*${SUMMAND})*\s*$`);
export const DURATION_PATTERN = new RegExp(String.raw`^\s*${NUMBER}\s*(?:us|ms|s|min)\s*$`);

const UNITS: Readonly<Record<string, number>> = { us: 1_000, ms: MILLISECOND, s: SECOND, min: 60 * SECOND };

/** Reads a term; undefined where it is none. */
export function parseTerm(text: string): Term | undefined {
  if (!TERM_PATTERN.test(text)) return undefined;
  let fixedNs = 0;
  const timers: { name: TimerName; factor: number }[] = [];
  const summands = new RegExp(
    String.raw`([+-]?)\s*(?:(${NUMBER})\s*(us|ms|s|min)|(?:(${NUMBER})\s*\*\s*)?(${TIMER_NAMES.join('|')}))`,
    'g',
  );
  for (const [, sign, amount, unit, factor, name] of text.matchAll(summands)) {
    const signed = sign === '-' ? -1 : 1;
    if (unit !== undefined) fixedNs += signed * Math.round(Number(amount) * UNITS[unit]!);
    else timers.push({ name: name as TimerName, factor: signed * Number(factor ?? 1) });
  }
  return { text: text.trim(), fixedNs, timers };
}

/** Reads a duration such as `300ms`, in nanoseconds; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  return DURATION_PATTERN.test(text) ? parseTerm(text)?.fixedNs : undefined;
}

/** The value of a term for a router's timers, in whole nanoseconds. */
export function evaluateTerm(term: Term, timers: Timers): number {
  let total = term.fixedNs;
  for (const { name, factor } of term.timers) total += factor * timers[name];
  return Math.round(total);
}
