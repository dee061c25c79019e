import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mountTmpfs, unshareMounts } from '../../src/linux/mount.ts';
import { NAMESPACE_FOLDER, type Namespace, ownNamespace, unshareNetwork } from '../../src/linux/namespace.ts';
import { openRoute, type Route } from '../../src/linux/netlink/route.ts';
import { isRoot } from '../peers.ts';

/** What is printed where a file's tests are left out. */
export const NEEDS_ROOT = isRoot ? '' : ' (skipped: this file moves its own process into namespaces, which needs root)';

/** Moves this test worker into network and mount namespaces of its own, so that the host's are never touched. */
export function enterSandbox(): { own: Namespace; route: Route } {
  unshareNetwork();
  unshareMounts();
  mountTmpfs(NAMESPACE_FOLDER);
  const own = ownNamespace();
  const route = openRoute(own);
  route.changeLink(1, { up: true });
  return { own, route };
}

/** The descriptors that this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Runs the garbage collector. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Resolves when `holds` does, asked at every turn of the event loop; rejects when that took too long. */
export async function until(what: string, holds: () => boolean, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
