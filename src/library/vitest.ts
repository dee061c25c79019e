// `import 'vrrpbench/vitest'` in a test, or as a setup file: matchers for what the bench saw.

import { expect } from 'vitest';
import { formatDuration } from '../capture/time.ts';
import type { Finding, Profile } from '../conformance/result.ts';
import { printable } from '../report/printable.ts';
import { findingsAgainst, type Judged } from './conformity.ts';
import { judgeFailOver } from './fail-over.ts';
import type { Run } from './lab.ts';

interface VrrpMatchers<R> {
  /** No frame of a capture (its path) or of a run breaks a MUST of this document; to be awaited. */
  toConform(profile: Profile): Promise<R>;
  /** Every takeover and every outage of a run is within `300ms`, or `active-down-interval + 20ms`. */
  toFailOverWithin(limit: string): R;
  /** A run's verdict is pass, or a warning. */
  toPass(): R;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the interface that is added to has this parameter
  interface Matchers<T = any> extends VrrpMatchers<T> {}
}

const FINDINGS_TOLD = 5;

expect.extend({
  async toConform(judged: Judged, profile: Profile) {
    const findings = await findingsAgainst(judged, profile);
    const named = profile.replace('rfc', 'RFC ');
    return {
      pass: findings.length === 0,
      message: () =>
        findings.length === 0
          ? `nothing in it breaks ${named}`
          : [`it breaks ${named}:`, ...findings.slice(0, FINDINGS_TOLD).map(findingLine)].join('\n'),
    };
  },
  toFailOverWithin(run: Run, limit: string) {
    const { pass, limitNs, seen } = judgeFailOver(run, limit);
    const asked = `${pass ? 'it failed' : 'it did not fail'} over within ${limit} (${formatDuration(limitNs)}):`;
    return { pass, message: () => [asked, ...seen.map((line) => `  ${printable(line)}`)].join('\n') };
  },
  toPass(run: Run) {
    const broken = run.expectations.filter(({ verdict }) => verdict !== 'pass');
    return {
      pass: run.verdict === 'pass' || run.verdict === 'warning',
      message: () =>
        [
          `${run.verdict}: ${printable(run.reason ?? run.title)}`,
          ...broken.map(({ text, verdict, expected, seen }) =>
            printable(`  ${verdict}: ${text}: expected ${expected}; seen ${seen}`),
          ),
          printable(`  again: ${run.rerun}`),
        ].join('\n'),
    };
  },
});

function findingLine({ requirement, router, message, count, frames }: Finding): string {
  const numbers = frames.slice(0, FINDINGS_TOLD).map(({ number }) => number);
  return printable(`  ${requirement} by ${router}, ${count} times, frames ${numbers.join(', ')}: ${message}`);
}
