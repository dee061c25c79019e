import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { inNamespace, type Namespace } from '../../linux/namespace.ts';
import { findProgram } from '../../linux/programs.ts';

// Process 1 of a PID namespace inherits every orphan and must reap it, but for the children that Node started itself,
// whose exit Node waits for.
const ownChildren = new Set<number>();

/** Whether Node waits for this process. */
export function isOwnChild(pid: number): boolean {
  return ownChildren.has(pid);
}

/** Starts a program in a namespace. One that is not on the PATH is looked for where administrators' programs are. */
export function spawnIn(
  namespace: Namespace,
  program: string,
  words: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const path = program.includes('/') ? program : (findProgram(program) ?? program);
  const child = inNamespace(namespace, () => spawn(path, words, options));
  const { pid } = child;
  if (pid !== undefined) {
    ownChildren.add(pid);
    child.once('exit', () => ownChildren.delete(pid));
  }
  return child;
}
