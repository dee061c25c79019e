import { mkdirSync } from 'node:fs';
import { c, check } from './libc.ts';

const CLONE_NEWNS = 0x00020000;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;

// All of this needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace, and throws a LinuxError (EPERM)
// without.

/**
 * Moves this thread into a mount namespace of its own, where what it mounts is seen by nobody else. Threads of libuv's
 * pool, and so asynchronous file access, stay in the former one.
 */
export function unshareMounts(): void {
  check(c.unshare(CLONE_NEWNS), 'unshare', 'leave the mount namespace');
  makeMountsPrivate();
}

/** Keeps mounts made from now on in this mount namespace: nothing is passed on to the one that it came from. */
export function makeMountsPrivate(): void {
  check(c.mount(null, '/', null, MS_REC | MS_PRIVATE, null), 'mount', 'keep mounts to this namespace');
}

/** Mounts an empty file system in memory; the folder is made where it is missing. */
export function mountTmpfs(
  folder: string,
  options: { readonly mode?: number; readonly sizeBytes?: number } = {},
): void {
  mkdirSync(folder, { recursive: true });
  const data = [`mode=${(options.mode ?? 0o755).toString(8)}`];
  if (options.sizeBytes !== undefined) data.push(`size=${options.sizeBytes}`);
  const flags = MS_NOSUID | MS_NODEV;
  check(c.mount('tmpfs', folder, 'tmpfs', flags, data.join(',')), 'mount', `mount a tmpfs on ${folder}`);
}

/** Shows a file or folder at another path, which must exist. */
export function bindMount(source: string, target: string): void {
  check(c.mount(source, target, null, MS_BIND | MS_REC, null), 'mount', `show ${source} at ${target}`);
}

/** Mounts /proc of the own PID namespace. */
export function mountProc(folder = '/proc'): void {
  check(c.mount('proc', folder, 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC, null), 'mount', `mount proc on ${folder}`);
}

/** Takes a mount away, as soon as nothing uses it. */
export function unmount(path: string): void {
  check(c.umount2(path, MNT_DETACH), 'umount2', `unmount ${path}`);
}
