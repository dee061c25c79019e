import { buildLan, type Lan } from '../test/router/lan.ts';
import { raise } from '../test/router/running-program.ts';
import { configurationOf } from './many-virtual-routers.ts';
import { priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';

const VIRTUAL_ROUTERS = 255;
const RELOADS = 10;
const PAUSE_MS = 500;
const INTERVAL_MS = 10;
const SETTLED_MS = 3000;
const MILLISECOND = 1_000_000;

/** The first virtual router at 10 ms, all others at 1 s. */
function configuration(): string {
  return configurationOf(VIRTUAL_ROUTERS, (id) => (id === 1 ? INTERVAL_MS : 1000));
}

/** The time between the advertisements of the first virtual router since then, in milliseconds. */
function gapsMs(lan: Lan, sinceNs: number): number[] {
  const times = lan.frames.flatMap(({ vrrp, timeNs }) =>
    vrrp?.virtualRouterId === 1 && timeNs >= sinceNs ? [timeNs] : [],
  );
  return times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / MILLISECOND);
}

function gapsText(gaps: readonly number[]): string {
  return `p99 ${quantile(gaps, 0.99).toFixed(1)} ms, longest ${Math.max(...gaps).toFixed(1)} ms of ${gaps.length}`;
}

/** What a reload of 255 virtual routers does to the advertisements of one that stays as it is, beside as long without. */
export async function reloads(): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  try {
    const router = lan.router(lan.node('r1', ['198.51.100.254/24']), configuration());
    await router.line(/ready: /, 60_000);
    raise(router);
    await router.line(new RegExp(`\\(VI_${VIRTUAL_ROUTERS}\\) Entering MASTER`), 60_000);
    await lan.pass(SETTLED_MS);
    const calmNs = lan.clock.now();
    await lan.pass(RELOADS * PAUSE_MS);
    const calm = gapsMs(lan, calmNs);
    const sinceNs = lan.clock.now();
    for (let count = 0; count < RELOADS; count += 1) {
      const complete = (): number => router.lines.filter((line) => line.includes('Reload complete')).length;
      router.signal('SIGHUP');
      while (complete() <= count) await lan.pass(PAUSE_MS / 10);
      await lan.pass(PAUSE_MS);
    }
    const gaps = gapsMs(lan, sinceNs);
    return [
      {
        name: `${RELOADS} reloads of ${VIRTUAL_ROUTERS} virtual routers: longest gap of one at ${INTERVAL_MS} ms`,
        value: Math.max(...gaps),
        unit: 'ms',
        aim: { comparison: 'at most', value: 3 * INTERVAL_MS },
        details: `${priorityText()}: ${gapsText(gaps)}; without reloads ${gapsText(calm)}`,
      },
    ];
  } finally {
    await lan.close();
  }
}
