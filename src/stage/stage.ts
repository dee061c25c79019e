import type { RunEvent } from '../capture/event.ts';
import type { FrameSink } from '../capture/frame.ts';
import type { Intent } from '../capture/intent.ts';
import type { Nanoseconds, TimeOrigin } from '../capture/time.ts';
import type { StageAction } from './action.ts';
import type { Topology } from './topology.ts';

/** What a stage can do; a plan that asks for more is refused before anything starts. */
export interface StageCapabilities {
  /** `lab` plays real processes; `simulation` plays the protocol core in virtual time. */
  readonly name: 'lab' | 'simulation';
  readonly actions: ReadonlySet<StageAction['kind']>;
  /** Names of the implementations that can be started here. */
  readonly implementations: ReadonlySet<string>;
  /** Whether daemons, wire and capture run at real-time priority (virtual time counts as such). */
  readonly realTime: boolean;
}

/** Why a stage could not do what was asked: says what, and the cure where there is one. */
export class StageError extends Error {
  override readonly name = 'StageError';
  readonly cure: string | undefined;
  constructor(message: string, cure?: string) {
    super(message);
    this.cure = cure;
  }
}

/** An implementation has no setting for what a router is meant to do: told before anything starts, and no fault of it. */
export class NotPlayableError extends StageError {}

/** Whoever runs a router outside did not do what was asked: nothing is known of the router. */
export class SkippedError extends StageError {}

/** Receives what a stage shows: frames of every port, and events. */
export interface StageListener extends FrameSink {
  event(event: RunEvent): void;
}

/** What is known when a set has been taken down. */
export interface StageSummary {
  /** Frames that the capture lost, by the kernel's counters. */
  readonly droppedFrames: number;
  /** Frames that a wire lost though no fault said so, because it could hold no more of them. */
  readonly wireOverflows: number;
  /** Log of each router: name to lines, oldest first, bounded. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
  /** Configuration that each router was given: name to file name to text. */
  readonly configurations: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** CPU time that a stage has used so far, in milliseconds, and what of it was not playing. */
export interface StageUsage {
  /** Building the sets: namespaces, links, addresses, capture. */
  readonly setUpMs: number;
  /** Taking them down, and cleaning what is used again; what the kernel's own threads do of it nobody can count. */
  readonly tearDownMs: number;
  /** The routers under test until they were ready. */
  readonly routerStartMs: number;
  /** The process that has the LANs, its set-up and tear-down among it. */
  readonly labMs: number;
  /** Routers that have ended, their start among it. */
  readonly routersMs: number;
  /** This process: it decides, judges and writes. */
  readonly commandMs: number;
}

/** Where the machines of a set are for a person's programs. */
export interface Machines {
  /** The first process of the sandbox that they are in, as this process counts. */
  readonly processId: number;
  /** Whether the sandbox has a user namespace of its own. */
  readonly inUserNamespace: boolean;
  /** The network namespace of each node: a path inside the sandbox. */
  readonly namespaces: Readonly<Record<string, string>>;
}

/** One scenario's LANs, routers and hosts, built and ready. */
export interface StageSet {
  readonly origin: TimeOrigin;
  readonly intent: Intent;
  /** The stage's time now: of the clock that stamps frames. */
  now(): Nanoseconds;
  /** Does one thing; resolves when it has taken effect. Rejects with a StageError. */
  perform(action: StageAction): Promise<void>;
  /**
   * Lets time pass until the predicate holds or the deadline is reached, and says which. The predicate is evaluated
   * after each frame and event that was delivered to the listener; it reads no clock and awaits nothing.
   */
  advance(deadlineNs: Nanoseconds, predicate?: () => boolean): Promise<'reached' | 'deadline'>;
  /** Gives the machines the names of the nodes for `ip netns` inside; absent where there are none. Rejects with a StageError. */
  machines?(): Promise<Machines>;
  /** Ends everything on this set; frames until here have been delivered when it resolves. */
  close(): Promise<StageSummary>;
}

/** Where scenarios are played. */
export interface Stage {
  readonly capabilities: StageCapabilities;
  build(topology: Topology, listener: StageListener, options: { readonly seed: number }): Promise<StageSet>;
  /** Absent where there is nothing to build and no process. Sets that were closed are cleaned up when it resolves. */
  usage?(): Promise<StageUsage>;
  close(): Promise<void>;
}
