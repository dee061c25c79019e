import { readdirSync, readFileSync } from 'node:fs';
import { openPacketSocket } from '../src/linux/packet-socket.ts';
import { descendants } from '../src/linux/processes.ts';
import { buildLan, type LanNode } from '../test/router/lan.ts';
import { machineState } from '../test/router/machine-state.ts';
import { type RunningProgram, raise } from '../test/router/running-program.ts';
import { type BenchOptions, type BenchResult, median } from './result.ts';
import { FAULTS_TEXT, makeInterface, playRound, type Soak, WATCHED_CONFIGURATION } from './soak-faults.ts';

const MINUTE_MS = 60_000;
/** Rounds come in two kinds, which leave different virtual routers behind: the same is compared with the same. */
const ROUND_KINDS = 2;
const LEAST_ROUNDS = 3 * ROUND_KINDS;

/** What a process holds at one moment. */
interface Sample {
  readonly rssKb: number;
  readonly heapKb: number;
  readonly descriptors: number;
  readonly processes: number;
  /** Links, addresses, routes, parameters of interfaces and lines of nftables in its namespace. */
  readonly kernelEntries: number;
}

function sample(node: LanNode, watched: RunningProgram): Sample {
  const pid = watched.child.pid!;
  const metrics = node.run('curl', '-s', '--max-time', '5', 'http://127.0.0.1:9112/metrics');
  const rss = /VmRSS:\s+([0-9]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const heap = /^nodejs_heap_used_bytes ([0-9.e+]+)/m.exec(metrics)?.[1];
  return {
    rssKb: Number(rss),
    heapKb: Number(heap) / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    // A script runs each second, and may be seen: what was left behind is what ended and was not waited for.
    processes: descendants(pid).filter(({ state, command }) => state === 'Z' || command !== 'sleep').length,
    kernelEntries: JSON.stringify(machineState(node), undefined, 1).split(/\n|\\n/).length,
  };
}

/**
 * Lets a router live for so many minutes with faults, and compares what it holds in the second and the last third: in the
 * first the engine compiles, and finds how much garbage it lets wait. `make bench` looks at a few rounds alone; `node dist/bench.js soak --minutes 30` is what tells.
 */
export async function soak({ minutes = 1 }: BenchOptions): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  try {
    const node = lan.node('watched', ['192.0.2.1/24', 'fe80::1/64']);
    makeInterface(node);
    const strong = lan.node('strong', ['192.0.2.2/24', 'fe80::2/64']);
    const tester = lan.node('tester', []);
    const link = tester.route.indexOf('eth0');
    const watched = lan.router(node, WATCHED_CONFIGURATION, ['--metrics', ':9112']);
    await watched.line(/ready: /);
    raise(watched);
    const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
    const parts: Soak = { lan, node, strong, watched, socket, link };
    const samples: Sample[] = [];
    const endMs = Date.now() + minutes * MINUTE_MS;
    while (Date.now() < endMs || samples.length < LEAST_ROUNDS) {
      await playRound(parts, samples.length);
      if (watched.child.exitCode !== null)
        throw new Error(`the router has ended:\n${watched.lines.slice(-20).join('\n')}`);
      samples.push(sample(node, watched));
    }
    await socket.closeAsync();
    watched.signal('SIGTERM');
    if ((await watched.ended) !== 0) throw new Error('the router did not end well');
    return resultsOf(minutes, samples, logText(watched.lines));
  } finally {
    await lan.close();
  }
}

/** What each figure may grow by: garbage that waits for its collection moves memory, nothing moves the others. */
const KINDS: readonly { name: string; unit: string; of: (sample: Sample) => number; most: number }[] = [
  { name: 'resident memory', unit: 'KB', of: (one) => one.rssKb, most: 2048 },
  { name: 'heap in use', unit: 'KB', of: (one) => one.heapKb, most: 1024 },
  { name: 'file descriptors', unit: 'descriptors', of: (one) => one.descriptors, most: 0 },
  { name: 'child processes', unit: 'processes', of: (one) => one.processes, most: 0 },
  { name: 'what its namespace holds', unit: 'entries', of: (one) => one.kernelEntries, most: 0 },
];

/** What the log says of faults that came to pass, and the first error, which is none of them. */
function logText(lines: readonly string[]): string {
  const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  const error = lines.find((line) => /\berror\b/.test(line));
  const events = `${count(/Entering MASTER/)} takeovers, ${count(/Entering FAULT/)} faults, ${count(/Reload complete/)} reloads`;
  return error === undefined ? events : `${events}; the log has ${error.trim()}`;
}

function resultsOf(minutes: number, samples: readonly Sample[], log: string): BenchResult[] {
  const said = `${samples.length} rounds (${FAULTS_TEXT}): ${log}`;
  return KINDS.map(({ name, unit, of, most }, index) => {
    const values = samples.map(of);
    const kinds = [0, 1].map((kind) => thirds(values.filter((_, round) => round % ROUND_KINDS === kind)));
    const medians = kinds.map((one) => one.map((value) => value.toFixed(0)).join(', ')).join(' and ');
    const range = `from ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ${unit}; medians of the thirds ${medians}`;
    return {
      name: `${minutes} min with faults: growth of ${name}`,
      value: Math.max(...kinds.map(([, middle, last]) => last! - middle!)),
      unit,
      aim: { comparison: 'at most', value: most },
      details: index === 0 ? `${range}; ${said}` : range,
    };
  });
}

/** The median of each third. */
function thirds(values: readonly number[]): number[] {
  const third = values.length / 3;
  return [0, 1, 2].map((part) => median(values.slice(Math.floor(part * third), Math.floor((part + 1) * third))));
}
