import type { PathFigures } from '../../src/failover/figures.ts';
import { beginSteadily, endProbes, untilWhole } from '../../src/failover/play.ts';
import { FIRST_ROUTER, LANS, PATHS, type PathName, SECOND_ROUTER, sceneOf } from '../../src/failover/trial.ts';
import { createWitness } from '../../src/failover/witness.ts';
import { type Outage, summariseProbe } from '../../src/scenario/outage.ts';
import type { Stage } from '../../src/stage/stage.ts';

/** What a black hole of known length was measured as. Times are in nanoseconds. */
export interface MeasuredBlackHole {
  /** It lasted so long at least, and at most: the wire was told within these. */
  readonly trueFromNs: number;
  readonly trueToNs: number;
  readonly paths: Readonly<Record<PathName, Pick<PathFigures, 'outageFromNs' | 'outageToNs'>>>;
  readonly droppedFrames: number;
}

/** Puts a black hole between the client and its LAN for a while, with both routers well, and measures it as an outage. */
export async function measureBlackHole(stage: Stage, lengthNs: number, seed: number): Promise<MeasuredBlackHole> {
  const common = { router: 'native', variant: 'v3-ipv4', intervalNs: 1_000_000_000 } as const;
  const scene = sceneOf({ ...common, fault: 'black-hole' });
  const witness = createWitness(scene);
  const set = await stage.build(scene.topology, witness.listener, { seed });
  try {
    const unsteady = await beginSteadily(set, scene, witness, FIRST_ROUTER, [FIRST_ROUTER, SECOND_ROUTER]);
    if (unsteady !== undefined) throw new Error(unsteady);
    const [lan] = LANS;
    const askedNs = set.now();
    await set.perform({
      kind: 'begin-fault',
      fault: { name: 'hole', lan, node: 'client', direction: 'both', matcher: {}, effect: { kind: 'drop' } },
    });
    const begunNs = set.now();
    await set.advance(begunNs + lengthNs);
    const endAskedNs = set.now();
    await set.perform({ kind: 'end-fault', name: 'hole' });
    const endedNs = set.now();
    if (!(await untilWhole(set, witness))) throw new Error('the paths did not become whole again');
    await endProbes(set, scene);
    const outages = PATHS.map((path) => {
      const outage: Pick<Outage, 'lowerNs' | 'upperNs'> = summariseProbe(witness.probes.get(path)!).longest ?? {
        lowerNs: 0,
        upperNs: 0,
      };
      return [path, { outageFromNs: outage.lowerNs, outageToNs: outage.upperNs }] as const;
    });
    const { droppedFrames } = await set.close();
    return {
      trueFromNs: endAskedNs - begunNs,
      trueToNs: endedNs - askedNs,
      paths: Object.fromEntries(outages) as MeasuredBlackHole['paths'],
      droppedFrames,
    };
  } catch (error) {
    await set.close().catch(() => {});
    throw error;
  }
}

/** Whether every path's bounds contain what the black hole's length was. */
export function brackets({ trueFromNs, trueToNs, paths }: MeasuredBlackHole): boolean {
  return PATHS.every((path) => paths[path].outageFromNs <= trueToNs && paths[path].outageToNs >= trueFromNs);
}
