import { availableParallelism } from 'node:os';
import { SECOND } from '../capture/time.ts';
import type { Stage } from '../stage/stage.ts';
import type { Plan } from './plan.ts';

/** Scenarios a core, side by side: what was measured to leave the routers' timers alone. */
const JOBS_A_CORE_REAL_TIME = 16;
const JOBS_A_CORE = 4;
/** The simulation has one thread, and does not get faster by taking turns. */
const SIMULATION_JOBS = 4;
/** Probes send and are answered far more often than routers advertise: a thousand requests a second count for this many. */
const WEIGHT_OF_KILOHERTZ = 3;
/** Virtual routers, of all routers together, that take as much of the host as a scenario does: a start with 255 takes 2 s of a core. */
const VIRTUAL_ROUTERS_A_WEIGHT = 16;

/** How much is played side by side. */
export interface Density {
  /** Scenarios at a time, on an average. */
  readonly jobs: number;
  /** Resolves when there is room for the plan. Whoever asked first comes first, so that a heavy one is not passed over for ever. */
  enter(plan: Plan): Promise<void>;
  leave(plan: Plan): void;
}

/** As many at a time as were asked for; else as many as the stage bears, where heavy scenarios count for several. */
export function createDensity(stage: Stage, plans: readonly Plan[], asked: number | undefined): Density {
  const room = asked ?? roomOf(stage);
  const weigh = (plan: Plan): number => (asked === undefined ? Math.min(weightOf(plan), room) : 1);
  const average = plans.reduce((total, plan) => total + weigh(plan), 0) / Math.max(1, plans.length);
  const waiting: { readonly weight: number; readonly admit: () => void }[] = [];
  let taken = 0;

  function admit(): void {
    for (let [next] = waiting; next !== undefined && taken + next.weight <= room; [next] = waiting) {
      waiting.shift();
      taken += next.weight;
      next.admit();
    }
  }

  return {
    jobs: Math.max(1, Math.min(Math.floor(room / Math.max(1, average)), plans.length)),
    enter: (plan) =>
      new Promise((resolve) => {
        waiting.push({ weight: weigh(plan), admit: resolve });
        admit();
      }),
    leave(plan) {
      taken -= weigh(plan);
      admit();
    },
  };
}

/** How much a stage bears, in scenarios that neither probe nor have many virtual routers. */
function roomOf({ capabilities: { name, realTime } }: Stage): number {
  if (name === 'simulation') return SIMULATION_JOBS;
  return availableParallelism() * (realTime ? JOBS_A_CORE_REAL_TIME : JOBS_A_CORE);
}

/** What a plan takes of the host, in plans that do not probe and have few virtual routers. */
function weightOf({ steps, topology }: Plan): number {
  const actions = steps.flatMap((step) => (step.kind === 'perform' ? step.actions : []));
  const perSecond = actions.reduce(
    (sum, action) => sum + (action.kind === 'begin-probe' ? SECOND / action.probe.intervalNs : 0),
    0,
  );
  const virtualRouters = topology.nodes.reduce(
    (sum, node) => sum + (node.kind === 'router' ? node.virtualRouters.length : 0),
    0,
  );
  return 1 + (WEIGHT_OF_KILOHERTZ * perSecond) / 1000 + Math.floor(virtualRouters / VIRTUAL_ROUTERS_A_WEIGHT);
}
