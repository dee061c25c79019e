import type { Implementation } from '../implementations/implementation.ts';
import { availableImplementations, launchFor } from '../implementations/registry.ts';
import { type OutsideOptions, openLab } from '../lab/lab.ts';
import type { Stage } from '../stage/stage.ts';
import { OUTSIDE } from '../stage/topology.ts';

/**
 * Opens a lab for every implementation that is installed, those of manifests and, where there are any, routers outside.
 * Rejects with a StageError that names the cure where the host forbids it.
 */
export function openLabFor(manifests: readonly Implementation[] = [], outside?: OutsideOptions): Promise<Stage> {
  return openLab({
    launchFor: (router) => launchFor(router, manifests),
    implementations: new Set([...availableImplementations(manifests), ...(outside === undefined ? [] : [OUTSIDE])]),
    ...(outside === undefined ? {} : { outside }),
  });
}
