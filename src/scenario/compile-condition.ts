import { MILLISECOND } from '../capture/time.ts';
import type { Scene } from './compile-topology.ts';
import { requireName, termValue } from './compile-values.ts';
import type { Condition, VirtualRouterChoice } from './plan.ts';
import type { DocumentPath } from './problem.ts';
import type { AwaitDocument } from './schema.ts';

interface SaidChoice {
  readonly 'virtual-router'?: number | undefined;
  readonly lan?: string | undefined;
}

/** Which virtual routers a condition or an expectation means. */
export function compileChoice(scene: Scene, said: SaidChoice, path: DocumentPath): VirtualRouterChoice {
  const { lan, 'virtual-router': virtualRouterId } = said;
  return {
    ...(virtualRouterId === undefined ? {} : { virtualRouterId }),
    ...(lan === undefined ? {} : { lan: requireName(lan, scene.lans, 'LAN', [...path, 'lan']) }),
  };
}

/** The choice in words, each with what is to stand before it; nothing where every virtual router is meant. */
function describeChoice({ virtualRouterId, lan }: VirtualRouterChoice, before: readonly [string, string]): string {
  const id = virtualRouterId === undefined ? '' : `${before[0]}VRID ${virtualRouterId}`;
  return lan === undefined ? id : `${id}${before[1]}LAN ${lan}`;
}

/** What stands behind an expectation: ` (VRID 51, LAN left)`; nothing where every virtual router is meant. */
export function choiceText(choice: VirtualRouterChoice): string {
  const words = describeChoice(choice, [', ', ', ']).slice(2);
  return words === '' ? '' : ` (${words})`;
}

/** A condition as `await` and `never` write it. */
export function compileCondition(
  scene: Scene,
  said: Pick<AwaitDocument, 'active' | 'advertisement' | 'virtual-router' | 'lan'> &
    Partial<Pick<AwaitDocument, 'silence' | 'ended'>>,
  path: DocumentPath,
): Condition {
  const choice = compileChoice(scene, said, path);
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
  const of = describeChoice(condition, [' of ', ' on ']);
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
