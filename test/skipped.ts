import type { Reporter } from 'vitest/node';
import { everythingMissing, type Lack } from './peers.ts';

/** What is said of tests that this machine cannot run: how many, why, and the command for each reason. */
export function describeSkipped(skipped: number, files: number, missing: readonly Lack[]): string {
  if (skipped === 0 || missing.length === 0) return '';
  const count = `${skipped} ${skipped === 1 ? 'test' : 'tests'} in ${files} ${files === 1 ? 'file' : 'files'}`;
  const reasons = missing.map(({ what, command }) => `  ${what}: ${command}\n`);
  return `Skipped: ${count}, for want of what they need. To run them:\n${reasons.join('')}`;
}

/** Says at the end of a run what was skipped, so that nothing is skipped unseen. */
export function skippedReporter(): Reporter {
  return {
    onTestRunEnd(modules) {
      const counts = modules
        .map(({ children }) => [...children.allTests('skipped')].length)
        .filter((count) => count > 0);
      const skipped = counts.reduce((sum, count) => sum + count, 0);
      process.stdout.write(describeSkipped(skipped, counts.length, everythingMissing()));
    },
  };
}
