import { beginSteadily, endProbes, untilWhole } from '../../src/failover/play.ts';
import { FIRST_ROUTER, LANS, PATHS, type PathName, SECOND_ROUTER, sceneOf } from '../../src/failover/trial.ts';
import { createWitness, type Witness } from '../../src/failover/witness.ts';
import type { Echoes } from '../../src/scenario/echoes.ts';
import { summariseProbe } from '../../src/scenario/outage.ts';
import type { Stage } from '../../src/stage/stage.ts';

/** How long something lasted, in nanoseconds: at least, and at most. */
export interface Bounds {
  readonly fromNs: number;
  readonly toNs: number;
}

/** What a black hole was on one path, and as what it was measured. */
export interface MeasuredPath {
  readonly path: PathName;
  /**
   * How long packets that left were lost: from the kernel's stamps of the frames that the wire had passed on when it was
   * cut, and when it was mended, and from how long packets were under way just then.
   */
  readonly true: Bounds;
  /** What `vrrpbench failover` says of it. */
  readonly measured: Bounds;
  /** How much wider its bounds are because the host did not send in time. */
  readonly unsentNs: number;
}

/** What a black hole of known length was measured as. */
export interface MeasuredBlackHole {
  readonly paths: readonly MeasuredPath[];
  readonly droppedFrames: number;
}

/** Between two moments, in the session's time, something happened. */
interface Moment {
  readonly fromNs: number;
  readonly toNs: number;
}

/** Packets that arrived at most this long before the wire was cut, or after it was mended, say how long they were under way. */
const NEAR_NS = 20_000_000;

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
    await set.perform({
      kind: 'begin-fault',
      fault: { name: 'hole', lan, node: 'client', direction: 'both', matcher: {}, effect: { kind: 'drop' } },
    });
    await set.advance(set.now() + lengthNs);
    await set.perform({ kind: 'end-fault', name: 'hole' });
    if (!(await untilWhole(set, witness))) throw new Error('the paths did not become whole again');
    await endProbes(set, scene);
    const { droppedFrames } = await set.close();
    const cut = momentOf(witness, 'fault-began');
    const mended = momentOf(witness, 'fault-ended');
    return { paths: PATHS.map((path) => measuredPath(path, witness.probes.get(path)!, cut, mended)), droppedFrames };
  } catch (error) {
    await set.close().catch(() => {});
    throw error;
  }
}

function momentOf({ events }: Witness, kind: 'fault-began' | 'fault-ended'): Moment {
  const event = events.find((one) => one.kind === kind);
  if (event === undefined || !('withinNs' in event)) throw new Error(`the stage did not tell when: ${kind}`);
  return { fromNs: event.timeNs, toNs: event.timeNs + (event.withinNs ?? 0) };
}

function measuredPath(path: PathName, echoes: Echoes, cut: Moment, mended: Moment): MeasuredPath {
  const { longest } = summariseProbe(echoes);
  const flightAtCutNs = longestFlightNs(echoes, cut.fromNs - NEAR_NS, cut.fromNs);
  const flightAtMendNs = longestFlightNs(echoes, mended.toNs, mended.toNs + NEAR_NS);
  return {
    path,
    // A packet that is lost where the wire is cut left its sender up to its time of flight before.
    true: {
      fromNs: mended.fromNs - flightAtMendNs - cut.toNs,
      toNs: mended.toNs - (cut.fromNs - flightAtCutNs),
    },
    measured: { fromNs: longest?.lowerNs ?? 0, toNs: longest?.upperNs ?? 0 },
    unsentNs: longest?.unsentNs ?? 0,
  };
}

/** How long a packet that left within a time was under way, at most, until it, or its answer, arrived. */
function longestFlightNs(echoes: Echoes, fromNs: number, toNs: number): number {
  let longestNs = 0;
  for (let position = 0; position < echoes.requests; position++) {
    const sentNs = echoes.sentNs(position);
    const arrivedNs = echoes.answeredNs(position);
    if (arrivedNs !== undefined && sentNs >= fromNs && sentNs <= toNs)
      longestNs = Math.max(longestNs, arrivedNs - sentNs);
  }
  return longestNs;
}

/** Whether what was measured contains what was true, as far as that is known. */
export function brackets({ true: truth, measured }: Pick<MeasuredPath, 'true' | 'measured'>): boolean {
  return measured.fromNs <= truth.toNs && measured.toNs >= truth.fromNs;
}

/** How far apart two bounds are. */
export function widthNs({ fromNs, toNs }: Bounds): number {
  return toNs - fromNs;
}
