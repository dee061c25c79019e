import { openPacketSocket } from '../src/linux/packet-socket.ts';
import type { Lan } from '../test/router/lan.ts';
import type { SeenFrame } from '../test/router/seen-frame.ts';
import { type Deviation, type HostWatch, withoutStallsText } from './host.ts';
import { beside, delaysText, priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';
import {
  ACTIVE_DOWN_MS,
  advertises,
  INTERVAL_MS,
  MILLISECOND,
  type Subject,
  strongerAdvertisement,
  virtualAddresses,
} from './subjects.ts';

const TAKEOVERS = 100;
const FIRST_AIM_MS = 1;
/** Long enough for a takeover to be over, and to be seen where it is late. */
const ROUND_MS = 150;

interface Takeovers {
  /** From the end of Active_Down_Interval to the first advertisement. */
  readonly first: Deviation[];
  /** From there to the last announcement, which follows the last address. */
  readonly completeMs: number[];
}

/** Lets a stronger router advertise once, again and again, and measures how the routers take over from it. */
async function measure(lan: Lan, all: readonly Subject[], addressCount: number): Promise<Takeovers[]> {
  const tester = lan.node('tester', []);
  const link = tester.route.indexOf('eth0');
  const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
  const measured: Takeovers[] = all.map(() => ({ first: [], completeMs: [] }));
  for (let round = 0; round < TAKEOVERS; round += 1) {
    for (const [index, subject] of all.entries()) {
      const first = lan.frames.length;
      socket.send(strongerAdvertisement(subject, addressCount), link);
      await lan.pass(ROUND_MS);
      const seen = lan.frames.slice(first);
      const base = seen.find(({ node, vrrp }) => node === 'tester' && vrrp !== undefined)!;
      // One that was on its way when the stronger one came is no takeover.
      const isLater = (frame: SeenFrame): boolean => frame.timeNs > base.timeNs + INTERVAL_MS * MILLISECOND;
      const taken = seen.find((frame) => isLater(frame) && advertises(subject)(frame));
      const announced = virtualAddresses(subject, addressCount).map((address) =>
        seen.find((frame) => isLater(frame) && frame.node === subject.node && frame.arp?.sender === address),
      );
      if (taken === undefined || announced.includes(undefined)) continue;
      const dueMs = base.timeNs / MILLISECOND + ACTIVE_DOWN_MS;
      measured[index]!.first.push({ offMs: taken.timeNs / MILLISECOND - dueMs, endNs: taken.timeNs });
      measured[index]!.completeMs.push(Math.max(...announced.map((frame) => frame!.timeNs / MILLISECOND)) - dueMs);
    }
  }
  await socket.closeAsync();
  return measured;
}

/** How fast routers with so many virtual addresses each take over, from the timer to the last announcement. */
export async function measureTakeovers(
  lan: Lan,
  all: readonly Subject[],
  addressCount: number,
  watch: HostWatch,
): Promise<readonly BenchResult[]> {
  const beganNs = lan.clock.now();
  const [native, peer] = await measure(lan, all, addressCount);
  const firstMs = ({ first }: Takeovers): number[] => first.map(({ offMs }) => offMs);
  const judged = { part: 0.99, aimMs: FIRST_AIM_MS };
  return [
    {
      name: 'from Active_Down_Timer to the first advertisement, at p99',
      value: quantile(firstMs(native!), judged.part),
      unit: 'ms',
      aim: { comparison: 'at most', value: FIRST_AIM_MS },
      details: `on the wire, ${priorityText()}: native ${delaysText(firstMs(native!))}${beside(peer && delaysText(firstMs(peer)))}\n    native ${withoutStallsText(native!.first, watch.since(beganNs), judged)}`,
    },
    {
      name: `to the last announcement of ${addressCount} virtual addresses, at p99`,
      value: quantile(native!.completeMs, 0.99),
      unit: 'ms',
      aim: { comparison: 'at most', value: 5 },
      details: `addresses are there before they are announced: native ${delaysText(native!.completeMs)}${beside(peer && delaysText(peer.completeMs))}`,
    },
  ];
}
