import type { SuiteResult } from '../scenario/suite.ts';

type StageUsage = NonNullable<SuiteResult['cpu']>;

/** `CPU 66.2 s: set-up 1.9 s (2.9%), tear-down 0.8 s (1.2%), router start 20.1 s (30.4%)` */
export function usageLine({ setUpMs, tearDownMs, routerStartMs, labMs, routersMs, commandMs }: StageUsage): string {
  const totalMs = labMs + routersMs + commandMs;
  const share = (ms: number) => `${seconds(ms)} (${((100 * ms) / Math.max(1, totalMs)).toFixed(1)}%)`;
  const parts = [`set-up ${share(setUpMs)}`, `tear-down ${share(tearDownMs)}`, `router start ${share(routerStartMs)}`];
  return `CPU ${seconds(totalMs)}: ${parts.join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** In whole milliseconds. */
export function roundUsage(usage: StageUsage): StageUsage {
  return addUsage([usage]);
}

/** What several machines used, in whole milliseconds. */
export function addUsage(usages: readonly StageUsage[]): StageUsage {
  const sum = (field: keyof StageUsage) => Math.round(usages.reduce((total, one) => total + one[field], 0));
  return {
    setUpMs: sum('setUpMs'),
    tearDownMs: sum('tearDownMs'),
    routerStartMs: sum('routerStartMs'),
    labMs: sum('labMs'),
    routersMs: sum('routersMs'),
    commandMs: sum('commandMs'),
  };
}
