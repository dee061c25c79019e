import { formatMac, virtualRouterIdOfMac } from '../wire/mac.ts';
import type { Verdict } from './verdict.ts';

/** A MAC address, and whose virtual MAC it is where it is one. */
export function macInWords(bytes: Uint8Array, offset: number): string {
  const text = formatMac(bytes, offset);
  for (const [length, family] of [
    [4, 'IPv4'],
    [16, 'IPv6'],
  ] as const) {
    const id = virtualRouterIdOfMac(bytes, offset, length);
    if (id >= 0) return `${text} (virtual MAC of VRID ${id}, ${family})`;
  }
  return text;
}

/** `0x0800` */
export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** A time of the story: `1.250 s`, `12.250 ms`, as exact as the span that is shown asks for. */
export function formatMs(ms: number, spanMs: number): string {
  if (spanMs >= 20_000) return `${(ms / 1000).toFixed(1)} s`;
  if (spanMs >= 2000) return `${(ms / 1000).toFixed(2)} s`;
  if (spanMs >= 20) return `${ms.toFixed(spanMs >= 200 ? 0 : 1)} ms`;
  return `${ms.toFixed(3)} ms`;
}

/** A verdict as a reader finds it beside a number: `3 failed`. */
export function verdictWords(verdict: Verdict): string {
  return WORDS[verdict];
}

const WORDS: Readonly<Record<Verdict, string>> = {
  fail: 'failed',
  inconclusive: 'inconclusive',
  warning: 'with warnings',
  pass: 'passed',
  skipped: 'skipped',
  'not-applicable': 'not applicable',
};
