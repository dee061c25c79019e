import { findProgram } from '../src/linux/programs.ts';
import { buildLan, type Lan, type LanNode } from '../test/router/lan.ts';
import type { RunningProgram } from '../test/router/running-program.ts';
import { type FreshTakeovers, measureFreshTakeovers } from './fresh-takeover.ts';
import { watchHost, withoutStallsText } from './host.ts';
import { measureIntervals } from './intervals.ts';
import { beside, delaysText, priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';
import { startSubjects, subjects } from './subjects.ts';
import { measureTakeovers } from './takeovers.ts';

const VIRTUAL_ADDRESSES = 20;

/** How steadily the native router advertises at 10 ms, and how fast it takes over, beside keepalived on the same LAN. */
export async function routerTiming(): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  const watch = await watchHost(lan.clock);
  let steady: readonly BenchResult[];
  try {
    const all = subjects();
    await startSubjects(lan, all, VIRTUAL_ADDRESSES);
    steady = [
      ...(await measureIntervals(lan, all, watch)),
      ...(await measureTakeovers(lan, all, VIRTUAL_ADDRESSES, watch)),
    ];
  } finally {
    await watch.stop();
    await lan.close();
  }
  const native = await measureFreshTakeovers({
    start: (lan, node, text) => lan.router(node, text),
    ready: /ready: /,
  });
  return [...steady, freshResult(native, await freshKeepalived())];
}

function freshKeepalived(): Promise<FreshTakeovers> | undefined {
  if (findProgram('keepalived') === undefined) return undefined;
  const start = (lan: Lan, node: LanNode, text: string): RunningProgram => lan.keepalived(node, text);
  return measureFreshTakeovers({ start, ready: /Entering BACKUP STATE/ });
}

function freshResult(native: FreshTakeovers, keepalived: FreshTakeovers | undefined): BenchResult {
  const delaysMs = ({ deviations }: FreshTakeovers): number[] => deviations.map(({ offMs }) => offMs);
  const judged = { part: 0.99, aimMs: 1 };
  return {
    name: 'to the first advertisement of a fresh process, its first takeover, at p99',
    value: quantile(delaysMs(native), judged.part),
    unit: 'ms',
    aim: { comparison: 'at most', value: judged.aimMs },
    details: `on the wire, ${priorityText()}: native ${delaysText(delaysMs(native))}${beside(keepalived && delaysText(delaysMs(keepalived)))}\n    native ${withoutStallsText(native.deviations, native.host, judged)}`,
  };
}
