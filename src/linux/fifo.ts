import { c, check } from './libc.ts';

/** Makes a named pipe; the process's umask takes from the mode. @throws LinuxError EEXIST, EACCES, … */
export function makeFifo(path: string, mode: number): void {
  check(c.mkfifo(path, mode), 'mkfifo', `make ${path}`);
}
