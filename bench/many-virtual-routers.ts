import { processCpuNs } from '../src/linux/cpu-time.ts';
import { buildLan, type Lan } from '../test/router/lan.ts';
import { raise } from '../test/router/running-program.ts';
import {
  type Deviation,
  floorText,
  type HostRecord,
  type HostWatch,
  type Judged,
  watchHost,
  withoutStallsText,
} from './host.ts';
import { deviationOf } from './intervals.ts';
import { priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';

const VIRTUAL_ROUTERS = 255;
const SECONDS = 20;
const JUDGED: Judged = { part: 0.999, aimMs: 2 };
/** Intervals that are left out: taking over 255 times, and what belongs to it. */
const SETTLED_MS = 3000;

/** Virtual routers on eth0, numbered from 1, each with its interval. */
export function configurationOf(count: number, intervalMs: (id: number) => number): string {
  const instances = Array.from(
    { length: count },
    (_, index) => `vrrp_instance VI_${index + 1} {
    interface eth0
    virtual_router_id ${index + 1}
    version 3
    priority 200
    advert_int ${intervalMs(index + 1) / 1000}
    use_vmac
    garp_master_repeat 1
    garp_master_delay 0
    virtual_ipaddress {
        198.51.100.${index + 1}
    }
}
`,
  );
  return instances.join('');
}

/** Time of the processor that a process has used until now, with all its threads, in seconds. */
function cpuSeconds(pid: number): number {
  return processCpuNs(pid) / 1_000_000_000;
}

interface Measured {
  readonly corePercent: number;
  readonly deviations: readonly Deviation[];
  readonly host: HostRecord;
}

async function measure(lan: Lan, watch: HostWatch, name: string, intervalMs: number): Promise<Measured> {
  const node = lan.node(name, ['198.51.100.254/24']);
  const router = lan.router(
    node,
    configurationOf(VIRTUAL_ROUTERS, () => intervalMs),
  );
  await router.line(/ready: /, 60_000);
  raise(router);
  const last = `(VI_${VIRTUAL_ROUTERS}) Entering MASTER`;
  await router.line(new RegExp(last.replace(/[()]/g, '\\$&')), 60_000);
  await lan.pass(SETTLED_MS + intervalMs);
  const first = lan.frames.length;
  const before = cpuSeconds(router.child.pid!);
  const begin = lan.clock.now();
  await lan.pass(SECONDS * 1000);
  const used = cpuSeconds(router.child.pid!) - before;
  const elapsed = (lan.clock.now() - begin) / 1e9;
  const times = new Map<number, number>();
  const deviations: Deviation[] = [];
  for (const { vrrp, timeNs } of lan.frames.slice(first)) {
    if (vrrp === undefined) continue;
    const former = times.get(vrrp.virtualRouterId);
    if (former !== undefined) deviations.push(deviationOf(former, timeNs, intervalMs));
    times.set(vrrp.virtualRouterId, timeNs);
  }
  const host = watch.since(begin);
  router.signal('SIGTERM');
  await router.ended;
  return { corePercent: (100 * used) / elapsed, deviations, host };
}

/** What 255 virtual routers in one process cost, and how steadily each advertises. */
export async function manyVirtualRouters(): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  const watch = await watchHost(lan.clock);
  try {
    const second = await measure(lan, watch, 'second', 1000);
    const tenth = await measure(lan, watch, 'tenth', 100);
    const lines = [
      `${priorityText()}: ${errorsText(errorsMs(tenth))}; at 1 s ${errorsText(errorsMs(second))}`,
      withoutStallsText(tenth.deviations, tenth.host, JUDGED),
      floorText(tenth.host),
    ];
    return [
      cost('1 s', second, 3),
      cost('100 ms', tenth, 20),
      {
        name: `${VIRTUAL_ROUTERS} virtual routers at 100 ms, error of an interval at p99.9`,
        value: quantile(errorsMs(tenth), JUDGED.part),
        unit: 'ms',
        aim: { comparison: 'at most', value: JUDGED.aimMs },
        details: lines.join('\n    '),
      },
    ];
  } finally {
    await watch.stop();
    await lan.close();
  }
}

function errorsMs({ deviations }: Measured): number[] {
  return deviations.map(({ offMs }) => offMs);
}

function cost(interval: string, { corePercent }: Measured, most: number): BenchResult {
  return {
    name: `${VIRTUAL_ROUTERS} virtual routers in one process at ${interval}`,
    value: corePercent,
    unit: '% core',
    aim: { comparison: 'at most', value: most },
  };
}

function errorsText(errors: readonly number[]): string {
  const parts = [0.5, 0.99, 0.999].map((part) => quantile(errors, part).toFixed(3));
  return `median ${parts[0]} ms, p99 ${parts[1]} ms, p99.9 ${parts[2]} ms, maximum ${Math.max(...errors).toFixed(3)} ms of ${errors.length}`;
}
