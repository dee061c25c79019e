import { type Outage, summariseProbe } from '../scenario/outage.ts';
import { timersOf } from '../scenario/timers.ts';
import { longestStall } from './deliveries.ts';
import { idleUntilNs, isHeldUpAt, type TakeoverMoments } from './exclusion.ts';
import { FAULTS } from './fault.ts';
import { type PlayedTrial, rolesOf } from './play.ts';
import { LANS, type LanName, PATHS, type PathName, WRITE_INTERVAL_NS } from './trial.ts';

/** The change of the Active router on one LAN, all in nanoseconds. */
export interface TakeoverFigures {
  /** From the fault to the new router's first advertisement. */
  readonly faultToFirstNs: number;
  /** From the last advertisement that the new router heard to its own first one. */
  readonly lastToFirstNs?: number;
  /** What the implementation adds to the RFC's time, counted from what restarted its timer, or from its start. */
  readonly addedNs?: number;
  /** From its first advertisement to its first gratuitous ARP or unsolicited Neighbor Advertisement; negative: before. */
  readonly firstToAnnouncementNs?: number;
}

/** What one path through the routers showed. */
export interface PathFigures {
  readonly sent: number;
  readonly lost: number;
  /** Packets that arrived more than once, each time beyond the first. */
  readonly duplicates: number;
  /** The longest time without, between what the packets prove; both 0 where nothing was lost; Infinity where it did not end. */
  readonly outageFromNs: number;
  readonly outageToNs: number;
  /** Times without, short ones too. */
  readonly outages: number;
}

/** What became of a TCP connection from the client to the server that had a few octets to carry every 0.8 ms. */
export interface ConnectionFigures {
  /** The longest time in which nothing more could be read at the server, less a write's interval; Infinity: to the end. */
  readonly stallNs: number;
  /** Segments that were sent again though everything in them had arrived. */
  readonly repeated: number;
}

/** What one trial measured. */
export interface TrialFigures {
  readonly takeovers: Readonly<Partial<Record<LanName, TakeoverFigures>>>;
  readonly paths: Readonly<Record<PathName, PathFigures>>;
  /** For how long both routers answered for the virtual address; 0 where they did not. */
  readonly bothAnsweredNs: number;
  /** Absent where the stage has no TCP. */
  readonly connection?: ConnectionFigures;
}

/** A trial counts, or is left out for a reason that is no router's. */
export type Measured =
  | { readonly kind: 'measured'; readonly figures: TrialFigures }
  | { readonly kind: 'excluded'; readonly reason: string };

/** What a trial comes to. */
export function measure(played: PlayedTrial): Measured {
  const { witness, droppedFrames } = played;
  if (droppedFrames > 0) return { kind: 'excluded', reason: 'the capture lost frames' };
  const takeovers = LANS.map((lan) => ({ lan, ...takeoverOn(played, lan) }));
  // A router that comes back works from its start on; one that waits, from the end of its timer on.
  const momentNs = FAULTS[played.trial.fault].law === 'preemption' ? played.struckNs : idleUntilNs(takeovers);
  if (momentNs !== undefined && isHeldUpAt(witness.holdUps, momentNs))
    return { kind: 'excluded', reason: 'the host stood still when the takeover was due' };
  const paths = PATHS.map((path) => [path, pathFigures(played, path)] as const);
  const connection = connectionFigures(played);
  return {
    kind: 'measured',
    figures: {
      takeovers: Object.fromEntries(
        takeovers.flatMap(({ lan, figures }) => (figures === undefined ? [] : [[lan, figures]])),
      ),
      paths: Object.fromEntries(paths) as Record<PathName, PathFigures>,
      bothAnsweredNs: bothAnswered(played),
      ...(connection === undefined ? {} : { connection }),
    },
  };
}

/** RFC 9568 §6.1 */
const DEFAULT_PRIORITY = 100;

interface Takeover extends TakeoverMoments {
  readonly figures?: TakeoverFigures;
}

function takeoverOn(played: PlayedTrial, lan: LanName): Takeover {
  const { trial, scene, witness, struckNs } = played;
  const [, after] = rolesOf(played.trial.fault);
  const there = witness.advertisements.filter((one) => one.lan === lan && one.router === after);
  const first = there.find(
    ({ direction, priority, timeNs }) => direction === 'sent' && priority > 0 && timeNs >= struckNs,
  );
  const intent = scene.intents.find((one) => one.router === after && one.lan === lan)!;
  const timers = timersOf(intent);
  const faultToFirstNs = first === undefined ? undefined : first.timeNs - struckNs;
  const firstly = first === undefined ? {} : { firstNs: first.timeNs };
  const announcement = witness.announcements.find(
    (one) => one.router === after && one.lan === lan && one.timeNs >= struckNs,
  );
  const told =
    first === undefined || announcement === undefined
      ? {}
      : { firstToAnnouncementNs: announcement.timeNs - first.timeNs };
  if (FAULTS[trial.fault].law === 'preemption') {
    // Its timer begins when it starts (RFC 9568 §6.4.1); what its process needs before that is its own, too.
    const waitsNs = timers['active-down-interval'];
    const dueNs = struckNs + waitsNs;
    if (faultToFirstNs === undefined) return { dueNs };
    return { dueNs, ...firstly, figures: { faultToFirstNs, addedNs: faultToFirstNs - waitsNs, ...told } };
  }
  // One of lower priority restarts no timer, for the router preempts (RFC 9568 §6.4.2).
  const restart = there.findLast(
    ({ direction, timeNs, priority }) =>
      direction === 'heard' &&
      timeNs < (first?.timeNs ?? Number.POSITIVE_INFINITY) &&
      (priority === 0 || priority >= (intent.priority ?? DEFAULT_PRIORITY)),
  );
  if (restart === undefined)
    return faultToFirstNs === undefined ? {} : { ...firstly, figures: { faultToFirstNs, ...told } };
  const waitsNs = restart.priority === 0 ? timers['skew-time'] : timers['active-down-interval'];
  const dueNs = restart.timeNs + waitsNs;
  if (faultToFirstNs === undefined) return FAULTS[trial.fault].law === 'none' ? {} : { dueNs };
  const lastToFirstNs = first!.timeNs - restart.timeNs;
  return { dueNs, ...firstly, figures: { faultToFirstNs, lastToFirstNs, addedNs: lastToFirstNs - waitsNs, ...told } };
}

const NO_OUTAGE: Pick<Outage, 'lowerNs' | 'upperNs'> = { lowerNs: 0, upperNs: 0 };

function pathFigures({ witness }: PlayedTrial, path: PathName): PathFigures {
  const echoes = witness.probes.get(path)!;
  const summary = summariseProbe(echoes);
  const { lowerNs, upperNs } = summary.longest ?? NO_OUTAGE;
  const endless = !Number.isFinite(upperNs);
  return {
    sent: echoes.requests,
    lost: summary.lost,
    duplicates: echoes.duplicates,
    outageFromNs: endless ? Number.POSITIVE_INFINITY : lowerNs,
    outageToNs: upperNs,
    outages: summary.outages,
  };
}

function connectionFigures({ witness, struckNs, endedNs }: PlayedTrial): ConnectionFigures | undefined {
  const { deliveries } = witness;
  const stall = longestStall(deliveries, WRITE_INTERVAL_NS, struckNs, endedNs);
  return stall === undefined ? undefined : { stallNs: stall.stallNs, repeated: deliveries.repeated };
}

function bothAnswered(played: PlayedTrial): number {
  const [before, after] = rolesOf(played.trial.fault);
  const { answering } = played.witness;
  const former = answering.get(before);
  const latter = answering.get(after);
  return former === undefined || latter === undefined ? 0 : Math.max(0, former.lastNs - latter.firstNs);
}
