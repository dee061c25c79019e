import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { caseOf, play, smallest } from './case.ts';
import { keepCapture } from './kept-capture.ts';

/**
 * `make fuzz`: judges mutated captures, one after another, and says what none may do: throw, take more than a second, or
 * let memory grow. Each case is told by `--seed` and its number (`--from N --count 1` plays it again).
 */

const SLOW_MS = 1000;
/** So much processor time for one case is a hang. */
const HANG_MS = 20_000;
const LOOK_EACH_MS = 5000;
const REPORT_EACH = 10_000;
/** What a judged capture may leave behind, all in all: code that was compiled, caches that are full. */
const GROWTH_OCTETS = 32 << 20;

interface Order {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** How far it is, in a memory that both threads see. */
const SLOTS = { number: 0, failures: 1 } as const;

async function work({ seed, from, count }: Order, shared: Int32Array): Promise<void> {
  // It runs from dist/ alone, where it is built to.
  const folder = fileURLToPath(new URL('../captures/recorded', import.meta.url));
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pcap')).sort();
  const recordedCaptures = names.map((name) => join(folder, name));
  const captures = await Promise.all(recordedCaptures.map(keepCapture));
  const files = await Promise.all(recordedCaptures.map((path) => readFile(path)));
  let firstHeap: number | undefined;
  for (let number = from; number < from + count; number++) {
    Atomics.store(shared, SLOTS.number, number);
    const one = caseOf(seed, number, captures.length);
    const began = performance.now();
    try {
      play(one, captures, files);
    } catch (error) {
      Atomics.add(shared, SLOTS.failures, 1);
      const { mutations } = smallest(one, captures, files);
      parentPort?.postMessage(
        `FAIL case ${number} (${one.form}, ${names[one.capture]}): ${(error as Error).stack}\n  ${JSON.stringify(mutations)}`,
      );
    }
    const tookMs = performance.now() - began;
    if (tookMs > SLOW_MS && processorMs(one, captures, files) > SLOW_MS) {
      Atomics.add(shared, SLOTS.failures, 1);
      parentPort?.postMessage(`SLOW case ${number} (${one.form}): more than ${SLOW_MS} ms of processor time, twice`);
    }
    const done = number - from + 1;
    if (done % REPORT_EACH !== 0 && done !== count) continue;
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    if (done >= REPORT_EACH) firstHeap ??= heapUsed;
    const grown = heapUsed - (firstHeap ?? heapUsed);
    if (grown > GROWTH_OCTETS) {
      Atomics.add(shared, SLOTS.failures, 1);
      parentPort?.postMessage(`GROWN by ${grown >> 20} MiB since the ${REPORT_EACH}th case`);
    }
    parentPort?.postMessage(`${done} cases, heap ${(heapUsed / 2 ** 20).toFixed(1)} MiB`);
  }
}

/** A case that was slow is played again: time that a busy machine gave to others is not its own. */
function processorMs(...[one, captures, files]: Parameters<typeof play>): number {
  const began = process.cpuUsage();
  try {
    play(one, captures, files);
  } catch {
    // That it throws has been told.
  }
  return process.cpuUsage(began).user / 1000;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      count: { type: 'string', default: '100000' },
    },
  });
  const order = { seed: Number(values.seed), from: Number(values.from), count: Number(values.count) };
  if (!Object.values(order).every((value) => Number.isSafeInteger(value) && value >= 0) || order.count === 0) {
    console.error('usage: fuzz [--seed N] [--from N] [--count N]');
    return 2;
  }
  console.log(`seed ${order.seed}, cases ${order.from} to ${order.from + order.count - 1}`);
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(import.meta.url), { workerData: { order, shared } });
  worker.on('message', (line: string) => console.log(line));
  let last = { number: -1, usage: process.cpuUsage() };
  const watchdog = setInterval(() => {
    const number = Atomics.load(shared, SLOTS.number);
    if (number !== last.number) last = { number, usage: process.cpuUsage() };
    if (process.cpuUsage(last.usage).user / 1000 < HANG_MS) return;
    console.log(`HANG case ${number}: not done after ${HANG_MS / 1000} s`);
    process.exit(1);
  }, LOOK_EACH_MS);
  const status = await new Promise<number>((resolve) => {
    worker.on('error', (error) => {
      console.log(`FAIL case ${Atomics.load(shared, SLOTS.number)}: ${error.stack}`);
      resolve(1);
    });
    worker.on('exit', (code) => resolve(code));
  });
  clearInterval(watchdog);
  const failures = Atomics.load(shared, SLOTS.failures);
  console.log(failures === 0 && status === 0 ? 'nothing was found' : `${failures} findings`);
  return failures === 0 && status === 0 ? 0 : 1;
}

if (isMainThread) process.exitCode = await main();
else await work(workerData.order, workerData.shared);
