import { readdirSync } from 'node:fs';
import { openPacketSocket } from '../src/linux/packet-socket.ts';
import { descendants } from '../src/linux/processes.ts';
import { buildLan, type LanNode } from '../test/router/lan.ts';
import { machineState } from '../test/router/machine-state.ts';
import { type RunningProgram, raise } from '../test/router/running-program.ts';
import { heldAfterCollection, startWithCollector } from './held.ts';
import type { BenchOptions, BenchResult } from './result.ts';
import { FAULTS_TEXT, makeInterface, playRound, type Soak, WATCHED_CONFIGURATION } from './soak-faults.ts';
import { KB, ROUND_KINDS, resultsOf, type Sample } from './soak-growth.ts';

const MINUTE_MS = 60_000;
const LEAST_ROUNDS = 3 * ROUND_KINDS;
const TAKEOVER = /Entering MASTER/;

async function sample(node: LanNode, watched: RunningProgram, count: number, beganMs: number): Promise<Sample> {
  const pid = watched.child.pid!;
  // Who asks for its figures is a part of its life.
  node.run('curl', '-s', '--max-time', '5', '-o', '/dev/null', 'http://127.0.0.1:9112/metrics');
  const held = await heldAfterCollection(watched, count);
  return {
    minutes: (Date.now() - beganMs) / MINUTE_MS,
    residentKb: held.residentOctets / KB,
    heapKb: held.heapOctets / KB,
    codeKb: held.codeOctets / KB,
    externalKb: held.externalOctets / KB,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    // A script runs each second, and may be seen: what was left behind is what ended and was not waited for.
    processes: descendants(pid).filter(({ state, command }) => state === 'Z' || command !== 'sleep').length,
    kernelEntries: JSON.stringify(machineState(node), undefined, 1).split(/\n|\\n/).length,
    takeovers: watched.lines.filter((line) => TAKEOVER.test(line)).length,
  };
}

/**
 * Lets a router live for so many minutes with faults, and compares what it holds in the second and the last third, each
 * time right after all its garbage was collected: in the first third the engine compiles.
 * `make bench` looks at a few rounds alone; `node dist/bench.js soak --minutes 30` is what tells.
 */
export async function soak({ minutes = 1 }: BenchOptions): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  try {
    const node = lan.node('watched', ['192.0.2.1/24', 'fe80::1/64']);
    makeInterface(node);
    const strong = lan.node('strong', ['192.0.2.2/24', 'fe80::2/64']);
    const tester = lan.node('tester', []);
    const link = tester.route.indexOf('eth0');
    const watched = startWithCollector(() => lan.router(node, WATCHED_CONFIGURATION, ['--metrics', ':9112']));
    await watched.line(/ready: /);
    raise(watched);
    const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
    const parts: Soak = { lan, node, strong, watched, socket, link };
    const samples: Sample[] = [];
    const beganMs = Date.now();
    const endMs = beganMs + minutes * MINUTE_MS;
    while (Date.now() < endMs || samples.length < LEAST_ROUNDS) {
      await playRound(parts, samples.length);
      if (watched.child.exitCode !== null)
        throw new Error(`the router has ended:\n${watched.lines.slice(-20).join('\n')}`);
      samples.push(await sample(node, watched, samples.length + 1, beganMs));
    }
    await socket.closeAsync();
    watched.signal('SIGTERM');
    if ((await watched.ended) !== 0) throw new Error('the router did not end well');
    const said = `${samples.length} rounds (${FAULTS_TEXT}): ${logText(watched.lines)}`;
    return resultsOf(minutes, samples, said);
  } finally {
    await lan.close();
  }
}

/** What the log says of faults that came to pass, and the first error, which is none of them. */
function logText(lines: readonly string[]): string {
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const error = lines.find((line) => /\berror\b/.test(line));
  const events = `${count(/Entering MASTER/)} takeovers, ${count(/Entering FAULT/)} faults, ${count(/Reload complete/)} reloads`;
  return error === undefined ? events : `${events}; the log has ${error.trim()}`;
}
