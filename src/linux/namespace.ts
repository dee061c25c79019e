import { access, fstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { c, check, closeDescriptor, LinuxError, lastErrno } from './libc.ts';

const CLONE_NEWNET = 0x40000000;
const O_RDONLY = 0;
const O_CLOEXEC = 0o2000000;
const MS_BIND = 4096;
const MNT_DETACH = 2;

/** Where `ip netns` looks for names. */
export const NAMESPACE_FOLDER = '/run/netns';

/** A network namespace, held open. */
export interface Namespace {
  readonly name: string;
  /** A path that names it to other programs (`nsenter --net=PATH`), as long as it exists. */
  readonly path: string;
  readonly fd: number;
  /** Lets go of it. It lives on while processes, sockets or a mounted name hold it. */
  close(): void;
  /** Takes its name away, too; the kernel removes it, asynchronously, when nothing else holds it. */
  delete(): void;
}

let poolStarted = false;

/**
 * Threads that libuv's pool starts inside a window of `inNamespace` would stay in that namespace for good; the pool is
 * started before the first window instead (all of its threads start at its first job).
 */
function startPool(): void {
  if (poolStarted) return;
  poolStarted = true;
  access('/', () => {});
}

function openOwn(): number {
  // Of this thread: in a Worker, /proc/self is another thread.
  return check(
    c.open('/proc/thread-self/ns/net', O_RDONLY | O_CLOEXEC, 0),
    'open',
    'open the network namespace of this thread (is /proc mounted?)',
  );
}

function goBack(home: number): void {
  if (c.setns(home, CLONE_NEWNET) === 0) return;
  // Going on in a foreign namespace would touch the wrong interfaces: nothing is safe any more.
  writeFileSync(2, `vrrpbench: cannot return to the own network namespace (errno ${lastErrno()}), aborting\n`);
  c.abort();
}

/** Whether two descriptors are of one namespace. */
function isSame(left: number, right: number): boolean {
  const one = fstatSync(left);
  const other = fstatSync(right);
  return one.ino === other.ino && one.dev === other.dev;
}

/**
 * Does something synchronously with this thread in the namespace: sockets opened and processes spawned there stay there.
 * No await and nothing asynchronous inside: the thread returns when the function does.
 * @throws LinuxError, and whatever `work` throws
 */
export function inNamespace<Result>(namespace: Namespace, work: () => Result): Result {
  startPool();
  const home = openOwn();
  try {
    // Entering it, even from inside, would take CAP_SYS_ADMIN.
    if (isSame(home, namespace.fd)) return work();
    check(c.setns(namespace.fd, CLONE_NEWNET), 'setns', () => `enter the network namespace ${namespace.name}`);
    try {
      return work();
    } finally {
      goBack(home);
    }
  } finally {
    closeDescriptor(home);
  }
}

function hold(name: string, path: string, fd: number, mounted: boolean): Namespace {
  let open = true;
  let named = mounted;
  const close = (): void => {
    if (!open) return;
    open = false;
    closeDescriptor(fd);
  };
  return {
    name,
    path,
    fd,
    close,
    delete() {
      close();
      if (!named) return;
      named = false;
      check(c.umount2(path, MNT_DETACH), 'umount2', `delete the network namespace ${name}`);
      rmSync(path, { force: true });
    },
  };
}

/**
 * Makes an empty network namespace (its loopback is down) and gives it a name below `/run/netns`, as `ip netns add`
 * does. That folder should be a tmpfs of the own mount namespace, or names appear on the host.
 * @throws LinuxError: EPERM without CAP_SYS_ADMIN in the own user namespace
 */
export function createNetworkNamespace(name: string, folder = NAMESPACE_FOLDER): Namespace {
  if (!/^[^/\0]+$/.test(name) || name === '.' || name === '..') throw new Error(`no name for a namespace: '${name}'`);
  startPool();
  const path = `${folder}/${name}`;
  mkdirSync(folder, { recursive: true });
  const context = (): string => `create the network namespace ${name}`;
  const home = openOwn();
  try {
    check(c.unshare(CLONE_NEWNET), 'unshare', context);
    let fd: number | undefined;
    try {
      fd = openOwn();
      writeFileSync(path, '', { flag: 'wx' });
      try {
        check(c.mount('/proc/thread-self/ns/net', path, null, MS_BIND, null), 'mount', context);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      }
    } catch (error) {
      if (fd !== undefined) closeDescriptor(fd);
      throw error;
    } finally {
      goBack(home);
    }
    return hold(name, path, fd, true);
  } finally {
    closeDescriptor(home);
  }
}

/**
 * Opens a namespace that exists: of a process (its id), of a name below `/run/netns`, or at a path
 * (`/proc/1/ns/net`).
 * @throws LinuxError: ENOENT, EACCES
 */
export function openNamespace(pathOrPid: string | number): Namespace {
  const path =
    typeof pathOrPid === 'number'
      ? `/proc/${pathOrPid}/ns/net`
      : pathOrPid.includes('/')
        ? pathOrPid
        : `${NAMESPACE_FOLDER}/${pathOrPid}`;
  const fd = check(c.open(path, O_RDONLY | O_CLOEXEC, 0), 'open', `open the network namespace ${path}`);
  return hold(String(pathOrPid), path, fd, false);
}

/** The namespace that this thread is in. */
export function ownNamespace(): Namespace {
  return hold('own', `/proc/${process.pid}/ns/net`, openOwn(), false);
}

/**
 * Moves this thread for good into a new network namespace without a name; what the process did before stays behind.
 * @throws LinuxError: EPERM without CAP_SYS_ADMIN in the own user namespace
 */
export function unshareNetwork(): void {
  startPool();
  if (c.unshare(CLONE_NEWNET) < 0) {
    throw new LinuxError('unshare', lastErrno(), 'leave the network namespace');
  }
}
