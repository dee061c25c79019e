import { fileURLToPath } from 'node:url';
import type { RunningProgram } from '../test/router/running-program.ts';

/** What a router holds right after all its garbage was collected. */
export interface Held {
  readonly heapOctets: number;
  /** Of that, the engine's own: bytecode and machine code of functions that have run, with what belongs to them. */
  readonly codeOctets: number;
  /** Memory outside the heap that objects of the heap hold: buffers. */
  readonly externalOctets: number;
  readonly residentOctets: number;
}

/** Asks for a collection; a signal that the router does not use, and that does nothing where nobody listens. */
export const COLLECT_SIGNAL = 'SIGWINCH';

/** How a collector says what is left, by the number of the collection. */
export function heldLine(count: number, held: Held): string {
  return `collected ${count}: ${JSON.stringify(held)}`;
}

/** Starts a router that collects its garbage when asked to. The router itself is the program as it is. */
export function startWithCollector(start: () => RunningProgram): RunningProgram {
  const former = process.env.NODE_OPTIONS;
  const path = fileURLToPath(new URL('bench-collector.js', import.meta.url));
  process.env.NODE_OPTIONS = `--import=${path}`;
  try {
    return start();
  } finally {
    if (former === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = former;
  }
}

/** Has a router collect its garbage for the so many-th time, counted from 1; what is left. */
export async function heldAfterCollection(router: RunningProgram, count: number): Promise<Held> {
  const said = router.line(new RegExp(`^collected ${count}: `));
  router.signal(COLLECT_SIGNAL);
  const line = await said;
  return JSON.parse(line.slice(line.indexOf('{'))) as Held;
}
