import { openLab } from '../src/lab/lab.ts';
import type { RouterLaunch } from '../src/lab/launch.ts';
import type { StageListener } from '../src/stage/stage.ts';
import type { RouterDescription, Topology } from '../src/stage/topology.ts';
import type { BenchResult } from './result.ts';
import { median } from './result.ts';

const ROUTERS = 100;
const ROUNDS = 7;
/** A second of whatever the kernels of the nodes send, so that what is taken down is a LAN that lived. */
const LIFE_NS = 1_000_000_000;

const VIRTUAL_MAC = '00:00:5e:00:01:33';

/** A router whose process is not of interest: its links are. */
function launchFor(): RouterLaunch {
  return {
    files: [],
    links: [
      { name: 'vrrp.51', parent: 'eth0', mode: 'private', macAddress: VIRTUAL_MAC, addresses: ['10.0.255.1/32'] },
    ],
    prepare: [],
    command: { program: 'true', arguments: [] },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 1_000,
    readyTimeoutMs: 1_000,
    removeBeforeStart: [],
  };
}

function router(number: number): RouterDescription {
  const octet = number.toString(16).padStart(2, '0');
  return {
    kind: 'router',
    name: `r${number}`,
    implementation: 'none',
    virtualRouters: [],
    forwarding: true,
    ports: [
      {
        lan: 'lan',
        interfaceName: 'eth0',
        macAddress: `02:00:00:00:01:${octet}`,
        addresses: [`10.0.0.${number}/16`, `2001:db8::${octet}/64`],
      },
    ],
  };
}

const TOPOLOGY: Topology = {
  lans: [{ name: 'lan', fabric: 'bridge' }],
  nodes: Array.from({ length: ROUTERS }, (_, position) => router(position + 1)),
};

function counter(): StageListener & { frames: number } {
  return {
    frames: 0,
    origin() {},
    interface() {},
    frame() {
      this.frames += 1;
    },
    event() {},
  };
}

function secondsSince(begin: bigint): number {
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

function figure(name: string, seconds: readonly number[], atMost: number, more: string): BenchResult {
  const [first, ...later] = seconds;
  const spread = `median of ${later.length} in an open lab, ${milliseconds(Math.min(...later))} to ${milliseconds(Math.max(...later))}`;
  return {
    name,
    value: median(later),
    unit: 's',
    aim: { comparison: 'at most', value: atMost },
    details: `${spread}; the lab's first ${milliseconds(first ?? 0)}${more}`,
  };
}

function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1e3)} ms`;
}

/** How fast a LAN of many routers, each with a virtual MAC and addresses, is there with its capture, and gone. */
export async function lab(): Promise<readonly BenchResult[]> {
  const stage = await openLab({ launchFor, implementations: new Set(['none']) });
  const up: number[] = [];
  const gone: number[] = [];
  let frames = 0;
  let dropped = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const listener = counter();
      const begin = process.hrtime.bigint();
      const set = await stage.build(TOPOLOGY, listener, { seed: 1 });
      up.push(secondsSince(begin));
      await set.advance(set.now() + LIFE_NS);
      const end = process.hrtime.bigint();
      const summary = await set.close();
      gone.push(secondsSince(end));
      dropped += summary.droppedFrames;
      frames += listener.frames;
    }
  } finally {
    await stage.close();
  }
  const captured = `; ${Math.round(frames / ROUNDS)} frames captured a round, ${dropped} lost`;
  return [
    figure(`a LAN of ${ROUTERS} routers: up, with its capture`, up, 0.25, ''),
    figure(`a LAN of ${ROUTERS} routers: gone`, gone, 0.2, captured),
  ];
}
