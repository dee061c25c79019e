import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openOutput } from '../../src/linux/output.ts';

const LINE = `${'x'.repeat(99)}\n`;
const PIPE_OCTETS = 65_536;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Both ends of a pipe, the writing one as a program gets it: who writes to it waits. */
function openPipe(): { reader: number; writer: number } {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY) };
}

/** What is in the pipe now. */
function readAll(reader: number): string {
  const buffer = Buffer.alloc(1 << 20);
  let length = 0;
  for (;;) {
    try {
      const count = readSync(reader, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      break;
    }
  }
  return buffer.toString('utf8', 0, length);
}

const turn = (milliseconds = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

it('does not wait for a pipe that nobody reads, nor at its end', async () => {
  const { reader, writer } = openPipe();
  const output = openOutput(writer, 200_000);
  let taken = 0;
  while (output.write(LINE)) taken += 1;
  expect(taken).toBe(2000);
  await turn(50);
  // What the pipe holds has left, and there is room again.
  expect(output.write(LINE)).toBe(true);
  const begin = performance.now();
  await output.close();
  expect(performance.now() - begin).toBeLessThan(2000);
  expect(readAll(reader)).toBe(LINE.repeat(PIPE_OCTETS / 100 + 1).slice(0, PIPE_OCTETS));
  closeSync(reader);
  closeSync(writer);
});

it('hands on everything, in order, to a reader who is slow', async () => {
  const { reader, writer } = openPipe();
  const output = openOutput(writer, 1_000_000);
  const lines = Array.from({ length: 3000 }, (_, index) => `${index} ${LINE}`);
  for (const line of lines) output.write(line);
  let read = '';
  const wanted = lines.join('');
  while (read.length < wanted.length) {
    await turn(5);
    read += readAll(reader);
  }
  expect(read).toBe(wanted);
  await output.close();
  closeSync(reader);
  closeSync(writer);
});

it('forgets what is for a reader who has gone', async () => {
  const { reader, writer } = openPipe();
  const output = openOutput(writer, 1000);
  closeSync(reader);
  output.write(LINE);
  await turn(50);
  for (let written = 0; written < 100; written += 1) expect(output.write(LINE)).toBe(true);
  await output.close();
  closeSync(writer);
});

it('writes to a file, all of it before it is closed', async () => {
  const path = join(folder, 'file');
  const descriptor = openSync(path, 'w');
  const output = openOutput(descriptor, 1_000_000);
  for (let written = 0; written < 2000; written += 1) output.write(LINE);
  await output.close();
  expect(readFileSync(path, 'utf8')).toBe(LINE.repeat(2000));
  closeSync(descriptor);
});
