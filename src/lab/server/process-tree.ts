import { readdirSync, readlinkSync } from 'node:fs';
import type { Namespace } from '../../linux/namespace.ts';
import { type ProcessEntry, readProcess, signalProcess } from '../../linux/processes.ts';

// A node is a machine: everything that runs in its namespace is its process tree, whoever started it and whatever it
// did to its session, group or parent.

/** More generations than any router has; a fork bomb is not waited out. */
const MOST_ROUNDS = 20;

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    // It ended while we looked; a zombie has left its namespace, too.
    return undefined;
  }
}

/** Living processes of these nodes; one look at /proc serves any number of them. */
export function listProcesses(nodes: readonly Namespace[]): ProcessEntry[] {
  const wanted = new Set(nodes.map(({ fd }) => readlinkSync(`/proc/self/fd/${fd}`)));
  const own = String(process.pid);
  return readdirSync('/proc').flatMap((name) => {
    if (name === own || !/^\d+$/.test(name)) return [];
    const found = namespaceOf(name);
    // Its entry is read only where it is one of theirs: a large lab has hundreds that are not.
    if (found === undefined || !wanted.has(found)) return [];
    return readProcess(Number(name)) ?? [];
  });
}

/** Stops every process of the nodes where it stands; a child that is forked meanwhile is found in the next round. */
export function freezeAll(nodes: readonly Namespace[]): ProcessEntry[] {
  const frozen = new Map<number, ProcessEntry>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const fresh = listProcesses(nodes).filter(({ pid }) => !frozen.has(pid));
    if (fresh.length === 0) break;
    for (const found of fresh) {
      signalProcess(found.pid, 'SIGSTOP');
      frozen.set(found.pid, found);
    }
  }
  return [...frozen.values()];
}

/** Lets every process of the nodes go on. */
export function thawAll(nodes: readonly Namespace[]): void {
  for (const { pid } of listProcesses(nodes)) signalProcess(pid, 'SIGCONT');
}

function depthOf(pid: number, parents: ReadonlyMap<number, number>): number {
  let depth = 0;
  for (let at = parents.get(pid); at !== undefined && depth < parents.size; at = parents.get(at)) depth += 1;
  return depth;
}

/**
 * Kills processes that `freezeAll` stopped, children before their parents, so that none starts another again or hears
 * of the death of its parent.
 */
export function killFrozen(frozen: readonly ProcessEntry[]): void {
  const parents = new Map(frozen.map(({ pid, parent }) => [pid, parent]));
  const leavesFirst = [...frozen].sort((left, right) => depthOf(right.pid, parents) - depthOf(left.pid, parents));
  for (const { pid } of leavesFirst) signalProcess(pid, 'SIGKILL');
}

/** Kills everything that runs on the nodes. */
export function killAll(nodes: readonly Namespace[]): void {
  killFrozen(freezeAll(nodes));
}
