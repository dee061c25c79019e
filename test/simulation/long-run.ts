import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { StageAction } from '../../src/stage/action.ts';
import { twoRouters } from './seen.ts';

/** What days of virtual time leave behind. */
export interface LongRun {
  readonly frames: number;
  readonly faults: number;
  /** Octets of the heap that were in use after each hour, garbage collected. */
  readonly heapOctets: readonly number[];
}

const SECOND_NS = 1_000_000_000;
const HOUR_NS = 3600 * SECOND_NS;
const FAULT_EVERY_NS = 300 * SECOND_NS;
const FAULT_LASTS_NS = 20 * SECOND_NS;

/** What goes wrong in turn, and how it ends: r1 is the preferred router. */
const FAULTS: readonly (readonly [StageAction, ...StageAction[]])[] = [
  [
    { kind: 'stop', router: 'r1' },
    { kind: 'start', router: 'r1' },
  ],
  [
    { kind: 'kill', router: 'r1' },
    { kind: 'start', router: 'r1' },
  ],
  [
    { kind: 'pull-cable', node: 'r1', lan: 'lan' },
    { kind: 'plug-cable', node: 'r1', lan: 'lan' },
  ],
  [
    { kind: 'power-off', node: 'r1' },
    { kind: 'power-on', node: 'r1' },
    { kind: 'start', router: 'r1' },
  ],
  [
    { kind: 'freeze', router: 'r1' },
    { kind: 'thaw', router: 'r1' },
  ],
];

/**
 * Lets two routers and a host live for so many hours of virtual time, with a fault of r1 every five minutes, and looks
 * at the heap after each hour.
 */
export async function liveForHours(hours: number): Promise<LongRun> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  let frames = 0;
  let faults = 0;
  const listener = {
    origin() {},
    interface() {},
    event() {},
    frame() {
      frames += 1;
    },
  };
  const set = await createSimulation().build(twoRouters({ version: 3, family: 'ipv4', intervalMs: 1000 }), listener, {
    seed: 1,
  });
  for (const router of ['r1', 'r2']) await set.perform({ kind: 'start', router });
  const heapOctets: number[] = [];
  for (let hour = 1; hour <= hours; hour += 1) {
    while (set.now() < hour * HOUR_NS) {
      await set.advance(set.now() + FAULT_EVERY_NS - FAULT_LASTS_NS);
      const [fault, ...cures] = FAULTS[faults % FAULTS.length]!;
      faults += 1;
      await set.perform(fault);
      await set.advance(set.now() + FAULT_LASTS_NS);
      for (const cure of cures) await set.perform(cure);
    }
    collectGarbage();
    heapOctets.push(process.memoryUsage().heapUsed);
  }
  await set.close();
  return { frames, faults, heapOctets };
}
