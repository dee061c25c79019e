import type { Implementation } from '../implementations/implementation.ts';
import type { OutsideOptions } from '../lab/lab.ts';
import type { Stage } from '../stage/stage.ts';

/** Where a command plays: real processes in namespaces, or the protocol core in virtual time. */
export type StageChoice = 'lab' | 'virtual';

/** Opens a stage; each loads only what it needs. Rejects with a StageError that names the cure where the host forbids it. */
export async function openStage(
  choice: StageChoice,
  manifests: readonly Implementation[] = [],
  outside?: OutsideOptions,
): Promise<Stage> {
  if (choice === 'virtual') {
    const { createSimulation } = await import('../simulation/simulation.ts');
    return createSimulation();
  }
  const { openLabFor } = await import('../library/open-lab.ts');
  return openLabFor(manifests, outside);
}
