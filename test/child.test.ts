import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { endingWithUs } from './child.ts';
import { isRoot } from './peers.ts';

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const ANOTHER = ['another user', ['--reuid=65534', '--clear-groups']] as const;
const USERS = [['the same user', []] as const, ...(isRoot ? [ANOTHER] : [])];

it.each(USERS)('a program that a test started dies with it, even after SIGKILL: %s', async (_, privileges) => {
  // A process between stands for the test: it starts the program, says its id, and is killed.
  const command = endingWithUs('sleep', ['60'], privileges);
  const text = `const child = require('node:child_process').spawn(...${JSON.stringify(command)});
    child.once('spawn', () => { console.log(child.pid); setInterval(() => {}, 1e6); });`;
  const test = spawn(...endingWithUs(process.execPath, ['-e', text]), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(test.stdout, 'data');
  const pid = Number(String(said));
  await expect.poll(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n');
  test.kill('SIGKILL');
  await once(test, 'exit');
  await expect.poll(() => isAlive(pid)).toBe(false);
});
