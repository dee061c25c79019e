import { requirementOf } from '../conformance/ledger/ledger.ts';
import type { Profile } from '../conformance/result.ts';
import type { StageAction } from '../stage/action.ts';
import type { StageCapabilities } from '../stage/stage.ts';
import { isOutside } from '../stage/topology.ts';
import type { Plan, PlanStep } from './plan.ts';

/** Why a stage cannot play a plan; undefined where it can. Asked before anything starts. */
export function unplayable(plan: Plan, capabilities: StageCapabilities): string | undefined {
  const unknown = notAskedBy(plan);
  if (unknown !== undefined) return unknown;
  for (const node of plan.topology.nodes) {
    if (node.kind === 'router' && !capabilities.implementations.has(node.implementation)) {
      const known = [...capabilities.implementations].join(', ');
      return `the ${capabilities.name} has no implementation '${node.implementation}' (it has ${known})`;
    }
  }
  for (const step of plan.steps) {
    const outside = plan.topology.nodes.find((node) => actedFor(step).includes(node.name) && isOutside(node));
    if (outside !== undefined) return `${outside.name} is outside: nobody acts in its place ('${step.text}')`;
    const missing = actionsOf(step).find((kind) => !capabilities.actions.has(kind));
    if (missing !== undefined) return `the ${capabilities.name} cannot ${missing} ('${step.text}')`;
  }
  return undefined;
}

/** The nodes in whose place the bench sends frames or runs commands. */
function actedFor(step: PlanStep): readonly string[] {
  if (step.kind === 'send' || step.kind === 'keep-sending') return [step.send.node];
  if (step.kind !== 'run-commands') return [];
  return step.commands.flatMap(({ at }) => ('node' in at ? [at.node] : []));
}

/** Why a plan's document does not ask for any of the requirements that the plan puts to the test. */
function notAskedBy({ covers = [], profile, judgedBy }: Plan): string | undefined {
  if (judgedBy?.includes(profile) === false) return `${titleOf(profile)} asks for something else`;
  const concerns = (id: string) => {
    const { sections } = requirementOf(id);
    return sections[profile] !== undefined || Object.keys(sections).length === 0;
  };
  if (covers.length === 0 || covers.some(concerns)) return undefined;
  return `${titleOf(profile)} does not ask for ${covers.join(', ')}`;
}

function titleOf(profile: Profile): string {
  return profile.replace('rfc', 'RFC ');
}

/** The kinds of action that a step asks of a stage. */
function actionsOf(step: PlanStep): readonly StageAction['kind'][] {
  switch (step.kind) {
    case 'perform':
      return step.actions.map(({ kind }) => kind);
    case 'run-commands':
      return ['run-command'];
    case 'send':
      return [step.send.count === 1 ? 'send-frame' : 'begin-stream'];
    case 'keep-sending':
      return ['begin-stream'];
    case 'await':
    case 'pause':
      return [];
  }
}
