import type { RouterLaunch } from '../lab/launch.ts';
import { StageError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';
import { frr } from './frr.ts';
import type { Implementation } from './implementation.ts';
import { keepalived } from './keepalived.ts';
import { native } from './native.ts';

/** Every implementation, in the order in which they are shown. */
export const IMPLEMENTATIONS: readonly Implementation[] = [native, keepalived, frr];

/** Names of those that can be run on this machine; `more` are those of manifests. */
export function availableImplementations(more: readonly Implementation[] = []): Set<string> {
  return new Set([...IMPLEMENTATIONS, ...more].filter(({ find }) => find().available).map(({ name }) => name));
}

/**
 * How a router is run, by the implementation that its description names.
 * @throws StageError where there is no such implementation, or it is not installed
 */
export function launchFor(router: RouterDescription, more: readonly Implementation[] = []): RouterLaunch {
  const all = [...IMPLEMENTATIONS, ...more];
  const implementation = all.find(({ name }) => name === router.implementation);
  if (!implementation) {
    const known = all.map(({ name }) => name).join(', ');
    throw new StageError(
      `router '${router.name}' is to be played by '${router.implementation}', which is not known`,
      `use one of: ${known}`,
    );
  }
  if (router.misbehaviour !== undefined && implementation !== native) {
    throw new StageError(`router '${router.name}' is to misbehave, which the native router alone can`);
  }
  return implementation.launch(router);
}
