import { openPacketSocket } from '../src/linux/packet-socket.ts';
import { descendants } from '../src/linux/processes.ts';
import { findProgram } from '../src/linux/programs.ts';
import { canUseRealtime, setRealtimePriority } from '../src/linux/scheduling.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { buildLan, type Lan, type LanNode, type RunningProgram } from '../test/router/lan.ts';
import type { SeenFrame } from '../test/router/seen-frame.ts';
import { measureFreshTakeovers } from './fresh-takeover.ts';
import { priorityText } from './priority.ts';
import type { BenchResult } from './result.ts';
import { median, quantile } from './result.ts';

const INTERVAL_SECONDS = 30;
const TAKEOVERS = 60;
const ROUTER_PRIORITY = 10;
const INTERVAL_MS = 10;
const MILLISECOND = 1_000_000;
/** Active_Down_Interval of priority 100 at 10 ms: 3 intervals, and (256 - 100) / 256 of one. */
const ACTIVE_DOWN_MS = 3 * INTERVAL_MS + (156 / 256) * INTERVAL_MS;
/** Long enough for a takeover to be over, and to be seen where it is late. */
const ROUND_MS = 150;

interface Subject {
  readonly name: string;
  readonly node: string;
  readonly virtualRouterId: number;
}

const NATIVE: Subject = { name: 'native', node: 'r1', virtualRouterId: 51 };
const KEEPALIVED: Subject = { name: 'keepalived', node: 'r2', virtualRouterId: 52 };

function configuration({ virtualRouterId }: Subject): string {
  return `vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id ${virtualRouterId}
    version 3
    priority 100
    advert_int ${INTERVAL_MS / 1000}
    use_vmac vrrp.${virtualRouterId}
    garp_master_repeat 1
    garp_master_delay 0
    garp_lower_prio_repeat 0
    virtual_ipaddress {
        192.0.2.${virtualRouterId}/24
    }
}
`;
}

function raiseTree(program: RunningProgram): void {
  const root = program.child.pid!;
  for (const pid of [root, ...descendants(root).map((entry) => entry.pid)]) setRealtimePriority(pid, ROUTER_PRIORITY);
}

/** Both routers, each with a virtual router of its own on one LAN, Active and at SCHED_FIFO where it is permitted. */
async function startBoth(lan: Lan, subjects: readonly Subject[]): Promise<void> {
  for (const subject of subjects) {
    const node = lan.node(subject.node, [`192.0.2.${subject.virtualRouterId + 100}/24`]);
    const start = subject === NATIVE ? lan.router : lan.keepalived;
    const program = start(node, configuration(subject));
    await lan.until(`${subject.name} is Active`, advertises(subject), 20_000);
    if (canUseRealtime()) raiseTree(program);
  }
  // Longer than keepalived's own second thoughts after becoming Active.
  await lan.pass(2000);
}

function advertises({ node, virtualRouterId }: Subject): (frame: SeenFrame) => boolean {
  return (frame) => frame.node === node && frame.vrrp?.virtualRouterId === virtualRouterId;
}

interface Intervals {
  readonly p99Ms: number;
  readonly maximumMs: number;
  readonly driftPpm: number;
}

/** How far the gaps between advertisements are from the interval. */
async function measureIntervals(lan: Lan, subjects: readonly Subject[]): Promise<Intervals[]> {
  const first = lan.frames.length;
  await lan.pass(INTERVAL_SECONDS * 1000);
  const seen = lan.frames.slice(first);
  return subjects.map((subject) => {
    const times = seen.filter(advertises(subject)).map(({ timeNs }) => timeNs);
    const gaps = times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / MILLISECOND);
    const errors = gaps.map((gap) => Math.abs(gap - INTERVAL_MS));
    const meanMs = (times.at(-1)! - times[0]!) / MILLISECOND / gaps.length;
    return {
      p99Ms: quantile(errors, 0.99),
      maximumMs: Math.max(...errors),
      driftPpm: (meanMs / INTERVAL_MS - 1) * 1e6,
    };
  });
}

/** How long after Active_Down_Interval, from the last frame of a stronger router on the wire, the first advertisement came. */
async function measureTakeovers(lan: Lan, subjects: readonly Subject[]): Promise<number[][]> {
  const tester = lan.node('tester', []);
  const link = tester.route.indexOf('eth0');
  const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
  const delays: number[][] = subjects.map(() => []);
  for (let round = 0; round < TAKEOVERS; round += 1) {
    for (const [index, subject] of subjects.entries()) {
      const first = lan.frames.length;
      socket.send(strongerAdvertisement(subject), link);
      await lan.pass(ROUND_MS);
      const seen = lan.frames.slice(first);
      const base = seen.find(({ node, vrrp }) => node === 'tester' && vrrp !== undefined)!;
      // One that was on its way when the stronger one came is no takeover.
      const taken = seen.find(
        (frame) => advertises(subject)(frame) && frame.timeNs > base.timeNs + INTERVAL_MS * MILLISECOND,
      );
      if (taken !== undefined) delays[index]!.push((taken.timeNs - base.timeNs) / MILLISECOND - ACTIVE_DOWN_MS);
    }
  }
  await socket.closeAsync();
  return delays;
}

function strongerAdvertisement({ virtualRouterId }: Subject): Uint8Array {
  return advertisementFrame({
    version: 3,
    virtualRouterId,
    priority: 200,
    interval: INTERVAL_MS / 10,
    source: '192.0.2.250',
    sourceMac: '02:00:00:00:00:99',
    addresses: [`192.0.2.${virtualRouterId}`],
  });
}

/** How steadily the native router advertises at 10 ms, and how fast it takes over, beside keepalived on the same LAN. */
export async function routerTiming(): Promise<readonly BenchResult[]> {
  const native = await measureFreshTakeovers({
    start: (lan, node, text) => lan.router(node, text),
    ready: /ready: /,
  });
  return [...(await measureSteady()), freshResult(native, await freshKeepalived())];
}

function freshKeepalived(): Promise<number[]> | undefined {
  if (findProgram('keepalived') === undefined) return undefined;
  const start = (lan: Lan, node: LanNode, text: string): RunningProgram => lan.keepalived(node, text);
  return measureFreshTakeovers({ start, ready: /Entering BACKUP STATE/ });
}

function freshResult(native: readonly number[], keepalived: readonly number[] | undefined): BenchResult {
  return {
    name: 'the same for the first takeover of a fresh process, at p99',
    value: quantile(native, 0.99),
    unit: 'ms',
    aim: { comparison: 'at most', value: 1 },
    details: `on the wire, ${priorityText()}: native ${delaysText(native)}${beside(keepalived && delaysText(keepalived))}`,
  };
}

function beside(text: string | undefined): string {
  return text === undefined ? '' : `; keepalived ${text}`;
}

function delaysText(delays: readonly number[]): string {
  return `median ${median(delays).toFixed(3)} ms, p99 ${quantile(delays, 0.99).toFixed(3)} ms of ${delays.length}`;
}

async function measureSteady(): Promise<readonly BenchResult[]> {
  const subjects = findProgram('keepalived') === undefined ? [NATIVE] : [NATIVE, KEEPALIVED];
  const priority = priorityText();
  const lan = await buildLan();
  try {
    await startBoth(lan, subjects);
    const intervals = await measureIntervals(lan, subjects);
    const takeovers = await measureTakeovers(lan, subjects);
    const [native, peer] = intervals;
    const [nativeDelays, peerDelays] = takeovers;
    const describe = ({ p99Ms, maximumMs, driftPpm }: Intervals): string =>
      `p99 ${p99Ms.toFixed(3)} ms, maximum ${maximumMs.toFixed(3)} ms, mean ${driftPpm.toFixed(0)} ppm off`;
    return [
      {
        name: `advertisement interval of ${INTERVAL_MS} ms, error at p99`,
        value: native!.p99Ms,
        unit: 'ms',
        aim: { comparison: 'at most', value: 0.5 },
        details: `${INTERVAL_SECONDS} s ${priority}: native ${describe(native!)}${beside(peer && describe(peer))}`,
      },
      {
        name: 'from the end of Active_Down_Interval to the first advertisement',
        value: median(nativeDelays!),
        unit: 'ms',
        aim: { comparison: 'at most', value: 1 },
        details: `on the wire, ${priority}: native ${delaysText(nativeDelays!)}${beside(peerDelays && delaysText(peerDelays))}`,
      },
    ];
  } finally {
    await lan.close();
  }
}
