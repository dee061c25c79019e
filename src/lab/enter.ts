import { readlinkSync } from 'node:fs';
import { type Machines, StageError } from '../stage/stage.ts';

/** Goes to where its caller was, as far as that is to be seen inside, and becomes the program. */
const STAY_AND_RUN = 'cd "$0" 2>/dev/null || cd /; exec "$@"';

/** Whether this process is inside the sandbox of these machines already. */
function isInside({ processId }: Machines, mountNamespace: string): boolean {
  // A process is numbered otherwise inside, so that its number may be somebody else's, or nobody's.
  return readlinkSync('/proc/self/ns/mnt') === mountNamespace && processId > 0;
}

/** Names the mount namespace of a sandbox, so that who is inside it can be told. @throws StageError where it has ended */
export function mountNamespaceOf({ processId }: Machines): string {
  try {
    return readlinkSync(`/proc/${processId}/ns/mnt`);
  } catch (error) {
    throw new StageError(`nobody can be let into the lab: ${(error as Error).message}`);
  }
}

/**
 * The words of a command that runs a program on a node's machine, or, without a node, inside the sandbox beside all of
 * them. It works from outside of the sandbox and from inside, for whoever opened the lab.
 * @throws StageError where there is no such node
 */
export function entryWords(
  machines: Machines,
  mountNamespace: string,
  node: string | undefined,
  words: readonly string[],
): readonly string[] {
  const { processId, inUserNamespace, namespaces } = machines;
  const path = node === undefined ? undefined : namespaces[node];
  if (node !== undefined && path === undefined) {
    throw new StageError(`there is no machine '${node}'; there are ${Object.keys(namespaces).join(', ')}`);
  }
  if (isInside(machines, mountNamespace)) {
    return path === undefined ? words : ['nsenter', `--net=${path}`, '--', ...words];
  }
  return [
    'nsenter',
    '--target',
    String(processId),
    // Who is root inside is an ordinary user here, and has no other groups to give up.
    ...(inUserNamespace ? ['--user', '--preserve-credentials'] : []),
    '--mount',
    '--pid',
    path === undefined ? '--net' : `--net=/proc/${processId}/root${path}`,
    '--',
    ...['sh', '-c', STAY_AND_RUN, process.cwd(), ...words],
  ];
}
