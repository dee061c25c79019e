import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import { descendants } from '../../src/linux/processes.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { isRoot, requirePeer } from '../peers.ts';
import { lan, openTestLab, record, tester, until } from './recording.ts';

let lab: Stage;
beforeAll(async () => {
  lab = await openTestLab();
});
afterAll(() => lab.close());

/** Runs a shell command in every network namespace of this process's lab. */
function inLab(command: string): void {
  const family = descendants(process.pid);
  const sandbox = family.find(({ command: name, parent }) => name === 'unshare' && parent === process.pid)!;
  const server = family.find(({ parent }) => parent === sandbox.pid)!;
  const user = isRoot ? [] : ['--user', '--preserve-credentials'];
  const each = `for place in /run/netns/*; do nsenter --net=$place sh -c '${command}'; done`;
  execFileSync('nsenter', [`--target=${server.pid}`, ...user, '--mount', 'sh', '-c', each]);
}

const FRAMES = 20;
const LENGTH = 1500;

/** Token buckets that hold one long frame and let one wait: every further one finds the queue full. */
const SLOW =
  'for port in $(ip -o link | grep -o "port[0-9]*" | sort -u); do tc qdisc add dev $port root tbf rate 8kbit burst 1540 limit 1540; done';

it.runIf(requirePeer('ip'))('frames that find the transmit queue of a port full are counted', async () => {
  const recording = record();
  const nodes = [tester('a', 1), tester('b', 2)];
  const set = await lab.build({ lans: lan('wire'), nodes }, recording, { seed: 1 });
  inLab(SLOW);
  for (let number = 1; number <= FRAMES; number += 1) {
    const bytes = new Uint8Array(LENGTH).fill(number);
    bytes.set([2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1, 0x88, 0xb5]);
    await set.perform({ kind: 'send-frame', node: 'a', lan: 'lan', direction: DIRECTION_OUT, bytes });
  }
  const isOurs = (bytes: Uint8Array): boolean => bytes.length === LENGTH;
  const sent = () => recording.at('a-lan', DIRECTION_OUT, isOurs).length;
  await until(set, 'every frame has left a', 5, () => sent() === FRAMES);
  await set.advance(set.now() + 100_000_000);
  const arrived = recording.at('b-lan', DIRECTION_IN, isOurs).length;
  expect(arrived).toBeGreaterThan(0);
  // One waits in the queue, or has just left it.
  const { wireOverflows } = await set.close();
  expect(wireOverflows).toBeGreaterThan(0);
  expect(FRAMES - arrived - wireOverflows).toBeGreaterThanOrEqual(0);
  expect(FRAMES - arrived - wireOverflows).toBeLessThanOrEqual(1);
});
