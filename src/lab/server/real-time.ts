import { LinuxError } from '../../linux/libc.ts';
import { setRealtimePriority } from '../../linux/scheduling.ts';

/**
 * Priorities of SCHED_FIFO: whoever watches stands above whoever is watched. Routers run at what their launch says (10).
 * Everything is raised after it has started, and passes nothing on to what it forks.
 */
export const STALL_PRIORITY = 20;
export const CAPTURE_PRIORITY = 15;
export const WIRE_PRIORITY = 12;

/**
 * Raises every thread of a process, or this thread (0). Where the host refuses, all goes on at normal priority: the
 * stage's capabilities say so. A process that has ended needs nothing.
 */
export function raise(pid: number, priority: number): void {
  try {
    setRealtimePriority(pid, priority);
  } catch (error) {
    if (!(error instanceof LinuxError && ['EPERM', 'ESRCH'].includes(error.code))) throw error;
  }
}
