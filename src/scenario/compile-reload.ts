import type { VirtualRouterIntent } from '../capture/intent.ts';
import type { Cast, Scene } from './compile-topology.ts';
import { intervalOf, routerNode } from './compile-topology.ts';
import { requireName } from './compile-values.ts';
import type { PlanStep } from './plan.ts';
import { DocumentError, type DocumentPath } from './problem.ts';
import type { ReloadDocument } from './schema.ts';
import { forVariant } from './variant.ts';

/** A reload step of a document: the router as it was described, but for what the step says. */
export function compileReload(
  scene: Scene,
  cast: Cast,
  said: ReloadDocument,
  path: DocumentPath,
): Omit<Extract<PlanStep, { kind: 'perform' }>, 'label' | 'line'> {
  const router = requireName(said.router, scene.routers, 'router', [...path, 'router']);
  const former = routerNode(scene, router, cast);
  if ((said.configuration === undefined) !== (former.configuration === undefined)) {
    const wanted = 'expected a configuration where the router was given one, and none where it was not';
    throw new DocumentError([...path, 'configuration'], wanted);
  }
  const { variant } = scene;
  const addresses = forVariant<readonly string[]>(said.addresses, variant);
  const priority = forVariant<number>(said.priority, variant);
  const preempt = forVariant<boolean>(said.preempt, variant);
  const intervalNs = intervalOf(said.interval, [...path, 'interval'], variant);
  const change: Partial<VirtualRouterIntent> = {
    ...(addresses === undefined ? {} : { addresses }),
    ...(priority === undefined ? {} : { priority }),
    ...(preempt === undefined ? {} : { preempt }),
    ...(intervalNs === undefined ? {} : { advertisementIntervalNs: intervalNs }),
  };
  const description = {
    ...former,
    virtualRouters: former.virtualRouters.map((intent) => ({ ...intent, ...change })),
    ...(said.configuration === undefined ? {} : { configuration: said.configuration }),
  };
  return { kind: 'perform', text: `reload ${router}`, actions: [{ kind: 'reload', router, description }] };
}
