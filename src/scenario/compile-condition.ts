import { MILLISECOND } from '../capture/time.ts';
import type { Scene } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import type { Condition } from './plan.ts';
import type { DocumentPath } from './problem.ts';
import type { AwaitDocument } from './schema.ts';

/** A condition as `await` and `never` write it. */
export function compileCondition(
  scene: Scene,
  said: Pick<AwaitDocument, 'active' | 'advertisement' | 'virtual-router'> &
    Partial<Pick<AwaitDocument, 'silence' | 'ended'>>,
  path: DocumentPath,
): Condition {
  const choice = said['virtual-router'] === undefined ? {} : { virtualRouterId: said['virtual-router'] };
  const router = (name: string, key: string) => requireName(name, scene.routers, 'router', [...path, key]);
  if (said.active !== undefined) return { ...choice, kind: 'active', router: router(said.active, 'active') };
  if (said.advertisement !== undefined) {
    const { from, priority, count = 1 } = said.advertisement;
    const priorityChoice = priority === undefined ? {} : { priority };
    return { ...choice, kind: 'advertisement', from: router(from, 'advertisement'), count, ...priorityChoice };
  }
  if (said.silence !== undefined) {
    const from = router(said.silence.from, 'silence');
    return {
      ...choice,
      kind: 'silence',
      from,
      forNs: termValue(scene, said.silence.for, [...path, 'silence', 'for'], from),
    };
  }
  return { ...choice, kind: 'ended', router: router(said.ended ?? '', 'ended') };
}

/** A condition in words: `active r1`, `3 advertisements from r1`. */
export function describeCondition(condition: Condition): string {
  const of = condition.virtualRouterId === undefined ? '' : ` of VRID ${condition.virtualRouterId}`;
  switch (condition.kind) {
    case 'active':
      return `${condition.router} Active${of}`;
    case 'advertisement': {
      const what = condition.count === 1 ? 'an advertisement' : `${condition.count} advertisements`;
      const priority = condition.priority === undefined ? '' : ` of priority ${condition.priority}`;
      return `${what}${priority} from ${condition.from}${of}`;
    }
    case 'silence':
      return `silence of ${condition.from}${of} for ${Math.round(condition.forNs / MILLISECOND)}ms`;
    case 'ended':
      return `the end of ${condition.router}`;
  }
}
