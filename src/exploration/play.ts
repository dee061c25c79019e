import { MILLISECOND } from '../capture/time.ts';
import { createSimulation } from '../simulation/simulation.ts';
import type { StageAction } from '../stage/action.ts';
import type { StageSet } from '../stage/stage.ts';
import { forgery, HOST, LAN, pingedAddress, topologyOf, wireFaults } from './build.ts';
import type { Case, CaseStep } from './case.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import { createJudge } from './judge.ts';
import type { Violation } from './violation.ts';
import { createWitness, probeName } from './witness.ts';
import { worldAfter, worldOf } from './world.ts';

/** How a case went. */
export interface Played {
  /** The first one; the case is not played on. */
  readonly violation: Violation | undefined;
  readonly coverage: Coverage;
  /** Frames at ports, and virtual time in milliseconds. */
  readonly frames: number;
  readonly virtualMs: number;
}

/** How often a host pings: four times in an advertisement interval, and no oftener than this. */
const PINGS_IN_AN_INTERVAL = 4;
const SHORTEST_PING_MS = 100;

/** Plays a case in virtual time and judges it as it goes. The same case has the same outcome. */
export async function playCase(explored: Case, beyond: boolean): Promise<Played> {
  const witness = createWitness(explored);
  const coverage = createCoverage();
  const judges = explored.virtualRouters.map((virtualRouter) => createJudge(explored, virtualRouter, beyond));
  const set = await createSimulation(coverage).build(topologyOf(explored), witness, { seed: explored.seed });
  let violation: Violation | undefined;
  let world = worldOf(explored);
  let disturbedNs = 0;

  const rest = (): void => {
    const nowNs = set.now();
    if (nowNs === disturbedNs) return;
    judges.forEach((judge, index) => {
      violation ??= judge.rested(world, disturbedNs, nowNs, witness.seen[index]!);
    });
    witness.clear();
  };

  if (explored.host) await beginProbes(set, explored);
  for (const step of explored.schedule) {
    if (step.kind === 'pause') {
      await set.advance(set.now() + step.forMs * MILLISECOND);
      continue;
    }
    rest();
    if (violation !== undefined) break;
    disturbedNs = set.now();
    const after = worldAfter(world, step)!;
    for (const judge of judges) judge.disturbed(step, world, after, disturbedNs);
    for (const action of actionsOf(explored, step, world.faults)) await set.perform(action);
    world = after;
    if (step.kind === 'stop') await set.advance(set.now() + stoppingMs(explored, step.router) * MILLISECOND);
  }
  if (violation === undefined) rest();
  await set.close();
  return { violation, coverage: coverage.counts(), frames: witness.frames(), virtualMs: set.now() / MILLISECOND };
}

/** How long a router may take to end that was asked to: it waits for a core. */
export function stoppingMs({ routers }: Case, name: string): number {
  return routers.find((router) => router.name === name)!.schedulingDelayMs;
}

async function beginProbes(set: StageSet, explored: Case): Promise<void> {
  for (const [index, virtualRouter] of explored.virtualRouters.entries()) {
    await set.perform({
      kind: 'begin-probe',
      probe: {
        name: probeName(index),
        from: HOST,
        to: pingedAddress(explored, virtualRouter),
        intervalNs: pingMs(virtualRouter.intervalMs) * MILLISECOND,
      },
    });
  }
}

/** From one ping to the next, for this advertisement interval. */
export function pingMs(intervalMs: number): number {
  return Math.max(SHORTEST_PING_MS, intervalMs / PINGS_IN_AN_INTERVAL);
}

/** What the stage does for a step. */
function actionsOf(
  explored: Case,
  step: Exclude<CaseStep, { kind: 'pause' }>,
  faults: ReturnType<typeof worldOf>['faults'],
): readonly StageAction[] {
  switch (step.kind) {
    case 'start':
    case 'stop':
    case 'kill':
    case 'freeze':
    case 'thaw':
      return [{ kind: step.kind, router: step.router }];
    case 'power-off':
    case 'power-on':
      return [{ kind: step.kind, node: step.router }];
    case 'pull-cable':
    case 'plug-cable':
      return [{ kind: step.kind, node: step.router, lan: LAN }];
    case 'begin-fault':
      return wireFaults(explored, step.name, step.fault).map((fault) => ({ kind: 'begin-fault', fault }));
    case 'end-fault':
      return wireFaults(explored, step.name, faults.get(step.name)!).map(({ name }) => ({ kind: 'end-fault', name }));
    case 'forge':
      return [forgery(explored, step)];
  }
}
