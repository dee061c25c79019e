import type { StageCapabilities } from '../stage/stage.ts';
import type { Plan } from './plan.ts';

/** Why a stage cannot play a plan; undefined where it can. Asked before anything starts. */
export function unplayable(plan: Plan, capabilities: StageCapabilities): string | undefined {
  for (const node of plan.topology.nodes) {
    if (node.kind === 'router' && !capabilities.implementations.has(node.implementation)) {
      const known = [...capabilities.implementations].join(', ');
      return `the ${capabilities.name} has no implementation '${node.implementation}' (it has ${known})`;
    }
  }
  for (const step of plan.steps) {
    const kinds =
      step.kind === 'perform'
        ? step.actions.map(({ kind }) => kind)
        : step.kind === 'send'
          ? ['send-frame' as const]
          : [];
    const missing = kinds.find((kind) => !capabilities.actions.has(kind));
    if (missing !== undefined) return `the ${capabilities.name} cannot ${missing} ('${step.text}')`;
  }
  return undefined;
}
