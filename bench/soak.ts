import { readdirSync, readFileSync } from 'node:fs';
import { openPacketSocket, type PacketSocket } from '../src/linux/packet-socket.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { buildLan, type Lan, type LanNode } from '../test/router/lan.ts';
import { type RunningProgram, raise } from '../test/router/running-program.ts';
import { type BenchOptions, type BenchResult, median } from './result.ts';

const SECOND_MS = 1000;
const VIRTUAL_ROUTER_ID = 51;
/** What a flood sends: 3,000 frames in three tenths of a second. */
const FLOOD_BURSTS = 30;
const FLOOD_BURST = 100;

/** What a process holds at one moment. */
interface Sample {
  readonly rssKb: number;
  readonly heapKb: number;
  readonly descriptors: number;
}

/** Two native routers on one LAN, the weaker one of which is watched, and who disturbs them. */
interface Soak {
  readonly lan: Lan;
  readonly strong: LanNode;
  readonly watched: RunningProgram;
  readonly metrics: () => string;
  readonly socket: PacketSocket;
  readonly link: number;
}

function configuration(priority: number, name: string): string {
  return `vrrp_script nothing {
    script "/bin/true"
    interval 1
    weight 5
}
vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${VIRTUAL_ROUTER_ID}
    version 3
    priority ${priority}
    advert_int 0.1
    use_vmac
    notify "/bin/true"
    track_script {
        nothing
    }
    virtual_ipaddress {
        192.0.2.101
        192.0.2.102
    }
}
vrrp_instance ${name}6 {
    interface eth0
    virtual_router_id ${VIRTUAL_ROUTER_ID}
    version 3
    priority ${priority}
    advert_int 0.1
    use_vmac vrrp6.${VIRTUAL_ROUTER_ID}
    virtual_ipaddress {
        fe80::51
    }
}
`;
}

/** One fault each in turn, all within a round: a peer comes and goes, the link, a reload, floods, signals. */
async function playRound(soak: Soak, round: number): Promise<void> {
  const { lan, strong, watched } = soak;
  const peer = lan.router(strong, configuration(200, 'STRONG'));
  await lan.pass(2 * SECOND_MS);
  peer.signal(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
  await peer.ended;
  await lan.pass(1 * SECOND_MS);
  lan.cable('watched', false);
  await lan.pass(1 * SECOND_MS);
  lan.cable('watched', true);
  await lan.pass(1 * SECOND_MS);
  watched.signal('SIGHUP');
  watched.signal('SIGUSR1');
  watched.signal('SIGUSR2');
  await flood(soak, { priority: 50 });
  await flood(soak, { priority: 50, checksum: 'wrong' });
  await lan.pass(3 * SECOND_MS);
  lan.forget();
}

async function flood({ lan, socket, link }: Soak, what: { priority: number; checksum?: 'wrong' }): Promise<void> {
  const usual = { version: 3, virtualRouterId: VIRTUAL_ROUTER_ID, interval: 10, source: '192.0.2.250' };
  const frame = advertisementFrame({ ...usual, addresses: ['192.0.2.101', '192.0.2.102'], ...what });
  for (let burst = 0; burst < FLOOD_BURSTS; burst += 1) {
    for (let sent = 0; sent < FLOOD_BURST; sent += 1) socket.send(frame, link);
    await lan.pass(10);
  }
}

function sample({ watched, metrics }: Soak): Sample {
  const pid = watched.child.pid!;
  const rss = /VmRSS:\s+([0-9]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const heap = /^nodejs_heap_used_bytes ([0-9.e+]+)/m.exec(metrics())?.[1];
  return { rssKb: Number(rss), heapKb: Number(heap) / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/**
 * Lets a router live for so many minutes with faults, and compares what it holds in the first and the last third. `make
 * bench` looks at a few rounds alone; `node dist/bench.js soak --minutes 30` is what tells.
 */
export async function soak({ minutes = 1 }: BenchOptions): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  try {
    const node = lan.node('watched', ['192.0.2.1/24', 'fe80::1/64']);
    const strong = lan.node('strong', ['192.0.2.2/24', 'fe80::2/64']);
    const tester = lan.node('tester', []);
    const link = tester.route.indexOf('eth0');
    const watched = lan.router(node, configuration(100, 'VI'), ['--metrics', ':9112']);
    await watched.line(/ready: /);
    raise(watched);
    const parts: Soak = {
      lan,
      strong,
      watched,
      metrics: () => node.run('curl', '-s', '--max-time', '5', 'http://127.0.0.1:9112/metrics'),
      socket: openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 }),
      link,
    };
    const samples: Sample[] = [];
    const endMs = Date.now() + minutes * 60 * SECOND_MS;
    while (Date.now() < endMs || samples.length < 3) {
      await playRound(parts, samples.length);
      if (watched.child.exitCode !== null)
        throw new Error(`the router has ended:\n${watched.lines.slice(-20).join('\n')}`);
      samples.push(sample(parts));
    }
    await parts.socket.closeAsync();
    watched.signal('SIGTERM');
    if ((await watched.ended) !== 0) throw new Error('the router did not end well');
    return resultsOf(minutes, samples, /\n\s*(error|.*error:).*/.exec(watched.lines.join('\n'))?.[0]);
  } finally {
    await lan.close();
  }
}

function resultsOf(minutes: number, samples: readonly Sample[], error: string | undefined): BenchResult[] {
  const third = Math.ceil(samples.length / 3);
  const growth = (of: (sample: Sample) => number): number =>
    median(samples.slice(-third).map(of)) - median(samples.slice(0, third).map(of));
  const range = (of: (sample: Sample) => number): string =>
    `${Math.min(...samples.map(of)).toFixed(0)} to ${Math.max(...samples.map(of)).toFixed(0)}`;
  const details = `${samples.length} rounds of faults${error === undefined ? '' : `; the log has ${error.trim()}`}`;
  return [
    growthOf(
      'resident memory',
      'KB',
      growth((one) => one.rssKb),
      4096,
      `${range((one) => one.rssKb)} KB, ${details}`,
    ),
    growthOf(
      'heap in use',
      'KB',
      growth((one) => one.heapKb),
      2048,
      `${range((one) => one.heapKb)} KB`,
    ),
    growthOf(
      'file descriptors',
      'descriptors',
      growth((one) => one.descriptors),
      0,
      range((one) => one.descriptors),
    ),
  ].map((result) => ({ ...result, name: `${minutes} min with faults: growth of ${result.name}` }));
}

function growthOf(name: string, unit: string, value: number, most: number, details: string): BenchResult {
  return { name, value, unit, aim: { comparison: 'at most', value: most }, details };
}
