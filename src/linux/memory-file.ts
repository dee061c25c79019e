import { fstatSync, readSync, writeSync } from 'node:fs';
import { c, check } from './libc.ts';

const MFD_CLOEXEC = 1;

/**
 * Opens a file that is in memory alone and goes when it is closed: a program's standard input or output that nobody has
 * to wait for. It is read from its beginning.
 * @returns its descriptor, which is the caller's
 * @throws LinuxError
 */
export function openMemoryFile(text = ''): number {
  const descriptor = check(c.memfdCreate('vrrpbench', MFD_CLOEXEC), 'memfd_create', 'keep a text in memory');
  const bytes = Buffer.from(text);
  // At a place of its own: the descriptor stays at the beginning.
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at, at);
  return descriptor;
}

/** What is in it, at most so many octets. */
export function readMemoryFile(descriptor: number, mostOctets: number): string {
  const bytes = Buffer.alloc(Math.min(mostOctets, fstatSync(descriptor).size));
  return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
}
