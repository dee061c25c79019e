import type { Intent } from '../capture/intent.ts';
import type { Observer } from '../conformance/observer/api.ts';
import { createObserver } from '../conformance/observer/observer.ts';
import type { Stage, StageListener } from '../stage/stage.ts';
import { createEchoes, type EchoesCollector } from './echoes.ts';
import type { Plan, PlanStep } from './plan.ts';
import type { Recording } from './recording.ts';
import { createSightings, type SightingsCollector } from './sightings.ts';
import { createTaps, type Tap } from './taps.ts';

/** What looks at a run while it is played. */
export interface Witnesses {
  readonly sightings: SightingsCollector;
  readonly observer: Observer;
  readonly echoes: Map<string, EchoesCollector>;
  readonly taps: ReadonlyMap<string, Tap>;
  readonly recording: Recording | undefined;
  /** Frames and events after it are of the taking down, and are not looked at. */
  endNs: number;
}

/** Calls everybody who is to see a run of this plan. */
export function callWitnesses(stage: Stage, plan: Plan, recording: Recording | undefined): Witnesses {
  const witnesses: Witnesses = {
    sightings: createSightings(),
    observer: createObserver({
      profile: plan.profile,
      ...(plan.errata === undefined ? {} : { errata: new Set(plan.errata) }),
      intent: intentOf(plan),
      realTime: stage.capabilities.realTime,
    }),
    echoes: new Map(),
    taps: createTaps(plan),
    recording,
    endNs: Number.POSITIVE_INFINITY,
  };
  for (const step of plan.steps) followProbes(witnesses, step);
  return witnesses;
}

/** Collects what becomes of the probes that a step begins. */
export function followProbes({ echoes, sightings }: Witnesses, step: PlanStep): void {
  for (const action of step.kind === 'perform' ? step.actions : []) {
    if (action.kind !== 'begin-probe') continue;
    const collector = createEchoes(action.probe);
    for (const [index, description] of sightings.interfaces.entries()) collector.interface(index, description);
    echoes.set(action.probe.name, collector);
  }
}

/** What every router is meant to do. */
export function intentOf(plan: Plan): Intent {
  return { virtualRouters: plan.topology.nodes.flatMap((node) => (node.kind === 'router' ? node.virtualRouters : [])) };
}

/** What a stage is to tell: everybody, until the end. */
export function listenerOf(plan: Plan, witnesses: Witnesses): StageListener {
  const { sightings, observer, echoes, taps, recording } = witnesses;
  return {
    origin(origin) {
      observer.origin(origin);
      for (const tap of taps.values()) tap.origin(origin);
      recording?.begin(origin, intentOf(plan));
    },
    interface(index, description) {
      sightings.interface(index, description);
      observer.interface(index, description);
      for (const tap of taps.values()) tap.interface(index, description);
      for (const probe of echoes.values()) probe.interface(index, description);
      recording?.interface(index, description);
    },
    frame(record) {
      if (record.timeNs > witnesses.endNs) return;
      sightings.frame(record);
      observer.frame(record);
      for (const tap of taps.values()) tap.frame(record);
      for (const probe of echoes.values()) probe.frame(record);
      recording?.frame(record);
    },
    event(event) {
      if (event.timeNs > witnesses.endNs) return;
      sightings.event(event);
      observer.event(event);
      for (const tap of taps.values()) tap.event(event);
      recording?.event(event);
    },
  };
}
