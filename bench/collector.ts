// Loaded into a router before it starts (`--import`), never a part of it: on a signal that the router does not use it
// collects all garbage, and writes what is left to standard error.

import { writeSync } from 'node:fs';
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { COLLECT_SIGNAL, type Held, heldLine } from './held.ts';

const STANDARD_ERROR = 2;

// The programs that the router starts are not watched.
delete process.env.NODE_OPTIONS;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
let count = 0;
process.on(COLLECT_SIGNAL, () => {
  collect();
  // What a finalizer lets go of is collected by the second.
  setImmediate(() => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const code = getHeapCodeStatistics();
    const codeOctets = code.code_and_metadata_size + code.bytecode_and_metadata_size;
    const held: Held = { heapOctets: heapUsed, codeOctets, externalOctets: external, residentOctets: rss };
    count += 1;
    writeSync(STANDARD_ERROR, `${heldLine(count, held)}\n`);
  });
});
