import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab } from '../../src/lab/lab.ts';
import type { RouterLaunch } from '../../src/lab/launch.ts';
import { sandboxArguments } from '../../src/linux/privileges.ts';
import { canUseRealtime, getAffinity } from '../../src/linux/scheduling.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { isRoot } from '../peers.ts';
import { lan, record, router, until } from './recording.ts';

const permitted = canUseRealtime();
if (!permitted) console.warn('skipped: real-time scheduling is not permitted here; run as root');

const MILLISECOND = 1_000_000;
const SCHED_FIFO = 1;
// /proc/PID/stat, proc(5): rt_priority and policy.
const PRIORITY_FIELD = 40;
const POLICY_FIELD = 41;

/** Priorities of the threads at SCHED_FIFO in the processes below this one. */
function realTimePriorities(): number[] {
  const stats = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readdirSync(`/proc/${name}/task`).map((thread) => {
        const stat = readFileSync(`/proc/${name}/task/${thread}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        // Fields are numbered from 1, and the third follows the name.
        const field = (number: number): number => Number(fields[number - 3]);
        return { pid: Number(name), parent: field(4), priority: field(PRIORITY_FIELD), policy: field(POLICY_FIELD) };
      });
    } catch {
      return [];
    }
  });
  const family = [process.pid];
  for (const member of family) {
    for (const { pid, parent } of stats) if (parent === member && !family.includes(pid)) family.push(pid);
  }
  return stats
    .filter(({ pid, policy }) => pid !== process.pid && family.includes(pid) && policy === SCHED_FIFO)
    .map(({ priority }) => priority)
    .sort((left, right) => left - right);
}

describe.skipIf(!permitted)('real-time scheduling', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({
      implementations: new Set(['script']),
      launchFor: () => ({
        files: [],
        prepare: [],
        // What it starts once it has been raised runs at normal priority: notify scripts must not hold up daemons.
        command: { program: 'sh', arguments: ['-c', 'echo ready; sleep 0.3; sleep 50 & sleep 60'] },
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 1_000,
        readyPattern: 'ready',
        readyTimeoutMs: 5_000,
        realTimePriority: 10,
        removeBeforeStart: [],
      }),
    });
  });
  afterAll(() => lab.close());

  it('watchers stand above the wire, the wire above routers, and what routers start is not raised', async () => {
    expect(lab.capabilities.realTime).toBe(true);
    const recording = record();
    const set = await lab.build({ lans: lan('wire'), nodes: [router('r1', 1, 'script')] }, recording, { seed: 1 });
    await set.perform({ kind: 'start', router: 'r1' });
    const routers = (): number => realTimePriorities().filter((priority) => priority === 10).length;
    // The shell, and for a moment its first child, which was there when it was raised.
    await expect.poll(routers, { timeout: 5_000, interval: 20 }).toBe(1);
    const priorities = realTimePriorities();
    expect(priorities.filter((priority) => priority === 12)).toHaveLength(1);
    expect(priorities.filter((priority) => priority === 15)).toHaveLength(1);
    expect(priorities.filter((priority) => priority === 20).length).toBeGreaterThanOrEqual(1);
    expect(priorities.every((priority) => [10, 12, 15, 20].includes(priority))).toBe(true);
    await set.close();
  });

  it('a core that runs nobody of ours is told of as a stall', async () => {
    const recording = record();
    const set = await lab.build({ lans: lan('bridge'), nodes: [router('r1', 1, 'script')] }, recording, { seed: 1 });
    const [core] = getAffinity(0);
    const beginNs = set.now();
    // A loop that ends by itself after some 100 ms, above everything that the lab runs. (Nothing could end it: whoever
    // is to, would need that core.)
    const loop = 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done';
    const hog = spawn('taskset', ['-c', String(core), 'chrt', '-f', '30', 'sh', '-c', loop]);
    await once(hog, 'close');
    const stalls = () => recording.events.filter((event) => event.kind === 'stall');
    const told = () => stalls().filter((stall) => stall.core === core && stall.durationNs > 20 * MILLISECOND);
    await until(set, 'the stall is told', 5, () => told().length > 0);
    for (const { timeNs, durationNs } of told()) {
      expect(timeNs).toBeGreaterThan(beginNs - 100 * MILLISECOND);
      expect(timeNs + durationNs).toBeLessThan(set.now());
    }
    await set.close();
  });
});

describe('what the host holds up', () => {
  /** Two shells that want one core, and end after some seconds by themselves. */
  const busy = (core: number): RouterLaunch => ({
    files: [],
    prepare: [],
    command: {
      program: 'taskset',
      arguments: ['-c', String(core), 'sh', '-c', 'echo ready; i=0; while [ $i -lt 9000000 ]; do i=$((i+1)); done'],
    },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 1_000,
    readyPattern: 'ready',
    readyTimeoutMs: 10_000,
    removeBeforeStart: [],
  });
  let lab: Stage;
  beforeAll(async () => {
    const [core] = getAffinity(0);
    lab = await openLab({ implementations: new Set(['script']), launchFor: () => busy(core!) });
  });
  afterAll(() => lab.close());

  it('a router that waits for a core is told of by name, before the frames that come later', async () => {
    const recording = record();
    const nodes = [router('r1', 1, 'script'), router('r2', 2, 'script')];
    const set = await lab.build({ lans: lan('bridge'), nodes }, recording, { seed: 1 });
    const beganNs = set.now();
    await set.perform({ kind: 'start', router: 'r1' });
    await set.perform({ kind: 'start', router: 'r2' });
    const waits = () => recording.events.filter((event) => event.kind === 'router-waited');
    await until(set, 'both waited', 10, () => new Set(waits().map((wait) => wait.router)).size === 2);
    for (const { timeNs, durationNs, waitedNs } of waits()) {
      expect(waitedNs).toBeGreaterThanOrEqual(2 * MILLISECOND);
      expect(durationNs).toBeGreaterThan(waitedNs!);
      expect(timeNs).toBeGreaterThan(beganNs - 100 * MILLISECOND);
      expect(timeNs + durationNs).toBeLessThan(set.now());
    }
    await set.close();
  });

  it.each(getAffinity(0).slice(0, 2))(
    'the kernel’s lock of links is told of when somebody holds it on core %i',
    async (core) => {
      const recording = record();
      const set = await lab.build({ lans: lan('bridge'), nodes: [router('r1', 1, 'script')] }, recording, { seed: 1 });
      // Deleting hundreds of links at once takes the kernel many milliseconds, and nobody else gets a word in.
      const links = Array.from(
        { length: 600 },
        (_, link) => `link add a${link} group 7 type veth peer name b${link}\n`,
      );
      const words = 'ip -batch - && ip link delete group 7';
      const other = spawn('taskset', ['-c', String(core), 'unshare', ...sandboxArguments(!isRoot), 'sh', '-c', words], {
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      other.stdin.end(links.join(''));
      const [status] = await once(other, 'close');
      expect(status).toBe(0);
      const held = () => recording.events.filter((event) => event.kind === 'lock-held');
      await until(set, 'the lock is told of', 5, () => held().some(({ durationNs }) => durationNs > 2 * MILLISECOND));
      await set.close();
    },
  );
});
