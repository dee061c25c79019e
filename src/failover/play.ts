import type { RunEvent } from '../capture/event.ts';
import { MILLISECOND, type Nanoseconds, SECOND } from '../capture/time.ts';
import type { Echoes } from '../scenario/echoes.ts';
import { timersOf } from '../scenario/timers.ts';
import { NotPlayableError, type Stage, StageError, type StageListener, type StageSet } from '../stage/stage.ts';
import { FAULTS, type FaultName } from './fault.ts';
import { FIRST_ROUTER, LANS, SECOND_ROUTER, sceneOf, struckRouter, type Trial, type TrialScene } from './trial.ts';
import { createWitness, type Witness } from './witness.ts';

/** A trial that was played to its end: the fault struck, and what followed was seen. */
export interface PlayedTrial {
  readonly trial: Trial;
  readonly scene: TrialScene;
  readonly witness: Witness;
  /** When the fault began. */
  readonly struckNs: Nanoseconds;
  /** Until when it was looked at. */
  readonly endedNs: Nanoseconds;
  /** Frames that the capture lost: nothing is proven then. */
  readonly droppedFrames: number;
}

/** Notes of a trial: from one to the other a capture needs its probes. */
export const PROBES_BEGIN_TO_COUNT = 'every path carries everything; the fault is near';
export const PROBES_CEASE_TO_COUNT = 'every path is whole again, or was given its time';

/** Why there is nothing to measure. */
export interface UnplayedTrial {
  readonly trial: Trial;
  /** `not-applicable`: this router or stage cannot do it; `failed`: it should have been possible. */
  readonly kind: 'not-applicable' | 'failed';
  readonly reason: string;
}

/** How long a router may take from its start until it is Active, beside its timers. */
const START_LIMIT_NS = 20 * SECOND;
/** Before the fault strikes, every path has carried so much in a row. */
const STEADY_NS = 50 * MILLISECOND;
/** A path is whole again when it has carried so much in a row. */
const WHOLE_NS = 200 * MILLISECOND;
/** Beside the RFC's time: how long a router is given to take over, or a path to be whole again. */
const PATIENCE_NS = 3 * SECOND;
/** So many advertisements in a row of one router say that it alone is Active. */
const ALONE = 2;
/** How often progress is looked at. */
const LOOK_NS = 20 * MILLISECOND;
/** A request that left less than this ago may be under way. */
const FLIGHT_NS = 50 * MILLISECOND;

/**
 * Plays one trial: both routers are started, every path is probed, the fault strikes at its phase, and it goes on until
 * every path is whole again or patience is at its end. `also` is told everything, too (a recording).
 */
export async function playTrial(
  stage: Stage,
  trial: Trial,
  also?: StageListener,
): Promise<PlayedTrial | UnplayedTrial> {
  const scene = sceneOf(trial);
  const witness = createWitness(scene);
  const listener = also === undefined ? witness.listener : both(witness.listener, also);
  let set: StageSet;
  try {
    set = await stage.build(scene.topology, listener, { seed: trial.seed });
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    return { trial, kind: error instanceof NotPlayableError ? 'not-applicable' : 'failed', reason: error.message };
  }
  let closed = false;
  try {
    const struck = await strike(set, trial, scene, witness, stage.capabilities.actions.has('begin-connection'));
    closed = true;
    const { droppedFrames } = await set.close();
    return typeof struck === 'string'
      ? { trial, kind: 'failed', reason: struck }
      : { trial, scene, witness, ...struck, droppedFrames };
  } catch (error) {
    if (!closed) await set.close().catch(() => {});
    if (!(error instanceof StageError)) throw error;
    return { trial, kind: 'failed', reason: error.message };
  }
}

function both(one: StageListener, other: StageListener): StageListener {
  return {
    origin: (origin) => {
      one.origin(origin);
      other.origin(origin);
    },
    interface: (index, description) => {
      one.interface(index, description);
      other.interface(index, description);
    },
    frame: (record) => {
      one.frame(record);
      other.frame(record);
    },
    event: (event) => {
      one.event(event);
      other.event(event);
    },
  };
}

/** The router that is Active before a fault, and the one that is to be afterwards. */
export function rolesOf(fault: FaultName): readonly [before: string, after: string] {
  return FAULTS[fault].law === 'preemption' ? [SECOND_ROUTER, FIRST_ROUTER] : [FIRST_ROUTER, SECOND_ROUTER];
}

/** The events that faults begin with. */
const STRUCK: ReadonlySet<RunEvent['kind']> = new Set([
  'router-started',
  'router-killed',
  'router-frozen',
  'router-stopping',
  'power-off',
  'cable-pulled',
  'fault-began',
  // A router that is asked to read its configuration again.
  'note',
]);

/** The whole course of a trial. @returns when the fault struck, or why it could not */
async function strike(
  set: StageSet,
  trial: Trial,
  scene: TrialScene,
  witness: Witness,
  connects: boolean,
): Promise<{ struckNs: Nanoseconds; endedNs: Nanoseconds } | string> {
  const fault = FAULTS[trial.fault];
  const returns = fault.law === 'preemption';
  const [before, after] = rolesOf(trial.fault);
  const unsteady = await beginSteadily(set, scene, witness, before, returns ? [before] : [before, after]);
  if (unsteady !== undefined) return unsteady;
  if (connects) {
    await set.perform({ kind: 'begin-connection', connection: scene.connection });
    if (!(await until(set, START_LIMIT_NS, () => delivers(witness, STEADY_NS))))
      return 'before the fault no TCP connection from the client to the server came about';
  }
  await set.perform({ kind: 'note', text: PROBES_BEGIN_TO_COUNT });
  await waitForPhase(set, trial, witness, before);
  const askedNs = set.now();
  await Promise.all(fault.actions(struckRouter(scene), LANS).map((action) => set.perform(action)));
  // The stage tells when it did what it was asked; the way there is none of the fault's time.
  const struckNs = witness.events.find(({ kind, timeNs }) => timeNs >= askedNs && STRUCK.has(kind))?.timeNs ?? askedNs;
  const limitNs = (returns ? START_LIMIT_NS : 0) + longestDownNs(scene) + PATIENCE_NS;
  await until(
    set,
    limitNs,
    // What goes wrong just after a takeover is to be seen, too, where nothing was lost until then.
    () =>
      fault.law !== 'none' && isActive(witness, after, struckNs, set.now() - WHOLE_NS) && allWhole(witness, WHOLE_NS),
  );
  if (connects && allWhole(witness, WHOLE_NS)) {
    // Its end waits twice as long each time before it sends again: as long again as the network was gone, at most.
    await until(set, set.now() - struckNs + SECOND, () => delivers(witness, STEADY_NS));
  }
  const endedNs = set.now();
  await endProbes(set, scene);
  if (connects) await set.perform({ kind: 'end-connection', name: scene.connection.name });
  return { struckNs, endedNs };
}

/**
 * Starts routers and probes, and waits until the one that is to be Active is, and everything that is sent arrives.
 * @returns why that did not come about; undefined where it did
 */
export async function beginSteadily(
  set: StageSet,
  scene: TrialScene,
  witness: Witness,
  active: string,
  started: readonly string[],
): Promise<string | undefined> {
  await Promise.all(started.map((router) => set.perform({ kind: 'start', router })));
  if (!(await until(set, START_LIMIT_NS + longestDownNs(scene), () => isAloneActive(witness, active))))
    return `${active} did not become Active on both LANs`;
  await Promise.all(scene.probes.map((probe) => set.perform({ kind: 'begin-probe', probe })));
  const isSteady = () => isAloneActive(witness, active) && allWhole(witness, STEADY_NS);
  if (await until(set, START_LIMIT_NS, isSteady)) return undefined;
  return `before the fault not everything that was sent arrived: ${lossyPaths(witness).join(', ')}`;
}

/** Waits until every path is whole again, as long as patience lasts. */
export async function untilWhole(set: StageSet, witness: Witness): Promise<boolean> {
  return await until(set, PATIENCE_NS, () => allWhole(witness, WHOLE_NS));
}

/** Ends the probes, and waits for what is under way. */
export async function endProbes(set: StageSet, scene: TrialScene): Promise<void> {
  await set.perform({ kind: 'note', text: PROBES_CEASE_TO_COUNT });
  await Promise.all(scene.probes.map(({ name }) => set.perform({ kind: 'end-probe', name })));
  await set.advance(set.now() + 2 * FLIGHT_NS);
}

function longestDownNs({ intents }: TrialScene): number {
  return Math.max(...intents.map((intent) => timersOf(intent)['active-down-interval']));
}

/** Lets time pass until something holds; looks at it now and then. */
async function until(set: StageSet, withinNs: number, holds: () => boolean): Promise<boolean> {
  const deadlineNs = set.now() + withinNs;
  while (!holds()) {
    if (set.now() >= deadlineNs) return false;
    await set.advance(Math.min(deadlineNs, set.now() + LOOK_NS));
  }
  return true;
}

/** Whether the router has advertised on both LANs in that time, other than to resign. */
function isActive(
  { advertisements }: Witness,
  router: string,
  sinceNs: Nanoseconds,
  untilNs = Number.POSITIVE_INFINITY,
): boolean {
  return LANS.every((lan) =>
    advertisements.some(
      (one) =>
        one.router === router &&
        one.lan === lan &&
        one.direction === 'sent' &&
        one.priority > 0 &&
        one.timeNs >= sinceNs &&
        one.timeNs <= untilNs,
    ),
  );
}

/** Whether nobody but the router advertised last on either LAN: who started first may have been Active before it. */
function isAloneActive({ advertisements }: Witness, router: string): boolean {
  return LANS.every((lan) => {
    const last = advertisements.filter((one) => one.lan === lan && one.direction === 'sent').slice(-ALONE);
    return last.length === ALONE && last.every((one) => one.router === router && one.priority > 0);
  });
}

function allWhole(witness: Witness, forNs: number): boolean {
  return [...witness.probes.values()].every((probe) => isWhole(probe, forNs));
}

/** Whether octets of the connection came for so long without a pause of note, up to what may be under way. */
function delivers({ deliveries: { timesNs }, probes }: Witness, forNs: number): boolean {
  const newest = timesNs.length - 1;
  const lastNs = timesNs[newest];
  const probe = probes.get('to-server')!;
  if (lastNs === undefined || probe.requests === 0) return false;
  if (probe.sentNs(probe.requests - 1) - lastNs > FLIGHT_NS) return false;
  const first = timesNs.findIndex((timeNs) => timeNs >= lastNs - forNs);
  return first > 0 && timesNs[first]! - timesNs[first - 1]! < FLIGHT_NS;
}

function lossyPaths(witness: Witness): readonly string[] {
  return [...witness.probes].flatMap(([name, probe]) => (isWhole(probe, STEADY_NS) ? [] : [name]));
}

/**
 * Whether everything arrived that was sent for so long, up to what may be under way. Frames are told some time after
 * they were seen, so it is counted from the last one that was told, not from now.
 */
function isWhole(probe: Echoes, forNs: number): boolean {
  const last = probe.requests - 1;
  let answered = last;
  while (answered >= 0 && probe.answeredNs(answered) === undefined) answered--;
  if (answered < 0 || probe.sentNs(last) - probe.sentNs(answered) > FLIGHT_NS) return false;
  const fromNs = probe.sentNs(answered) - forNs;
  let position = answered;
  while (position >= 0 && probe.answeredNs(position) !== undefined && probe.sentNs(position) > fromNs) position--;
  return position >= 0 && probe.sentNs(position) <= fromNs;
}

/** Waits until the Active router's next advertisement inside, and from there for the trial's part of an interval. */
async function waitForPhase(set: StageSet, trial: Trial, { advertisements }: Witness, active: string): Promise<void> {
  const seen = advertisements.length;
  const next = () =>
    advertisements
      .slice(seen)
      .find(({ router, lan, direction }) => router === active && lan === LANS[0] && direction === 'sent');
  const limitNs = set.now() + 2 * trial.intervalNs + SECOND;
  await set.advance(limitNs, () => next() !== undefined);
  const fromNs = next()?.timeNs ?? set.now();
  const strikeNs = fromNs + trial.phase * trial.intervalNs;
  if (strikeNs > set.now()) await set.advance(strikeNs);
}
