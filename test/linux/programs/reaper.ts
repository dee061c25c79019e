// Process 1 of a PID namespace: orphans come to it and are reaped, Node's own children are told of by Node.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepReapingOrphans, listProcesses } from '../../../src/linux/processes.ts';

async function play(): Promise<unknown> {
  const own = new Set<number>();
  const stop = keepReapingOrphans((pid) => own.has(pid));
  const codes: unknown[] = [];
  for (let i = 0; i < 10; i += 1) {
    // Each leaves two orphans that end at about the time when it does.
    const child = spawn('sh', ['-c', `(sleep 0.01 & sleep 0.02 &) ; sleep 0.015; exit ${i}`], { stdio: 'ignore' });
    own.add(child.pid!);
    void once(child, 'exit').then(([code]) => {
      own.delete(child.pid!);
      codes.push(code);
    });
  }
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline && (codes.length < 10 || listProcesses().length > 1)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop();
  return { pid: process.pid, codes, left: listProcesses() };
}

void play().then((result) => process.stdout.write(JSON.stringify(result)));
