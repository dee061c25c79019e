import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { callWorker } from '../src/lab/worker-call.ts';
import { openPacketSocket, type PacketSocket } from '../src/linux/packet-socket.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { buildLan, type Lan, type LanNode } from '../test/router/lan.ts';
import { type RunningProgram, raise } from '../test/router/running-program.ts';
import type { SeenFrame } from '../test/router/seen-frame.ts';
import type { FloodData } from './flood-data.ts';
import { type Deviation, floorText, type HostWatch, type Judged, watchHost, withoutStallsText } from './host.ts';
import { deviationOf } from './intervals.ts';
import { priorityText } from './priority.ts';
import { type BenchResult, quantile } from './result.ts';

const INTERVAL_MS = 10;
const MILLISECOND = 1_000_000;
const VIRTUAL_ROUTER_ID = 51;
/** The two ends of the link that the flood comes by. */
const FLOOD_TO = 77;
const FLOOD_FROM = 78;
const FLOOD_SECONDS = 10;
const FLOOD_FRAMES_PER_MS = 50;
const ADDRESSES = 300;
const BURSTS = 10;
const BURST_MS = 600;
/** A gap of one and a half intervals is an advertisement that is missing: half of one is what a delay may be. */
const JUDGED: Judged = { part: 0.99, aimMs: INTERVAL_MS / 2 };

function configuration(lines: readonly string[], link = 'eth0'): string {
  const usual = [
    `interface ${link}`,
    `virtual_router_id ${VIRTUAL_ROUTER_ID}`,
    'version 3',
    'priority 100',
    'use_vmac',
  ];
  const body = [...usual, `advert_int ${INTERVAL_MS / 1000}`, 'garp_master_delay 0', ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n192.0.2.101\n}\n}\n`;
}

/** An advertisement of another router, at the interval of this one. */
function advertisement(priority: number, source = '192.0.2.250'): Uint8Array {
  return advertisementFrame({
    version: 3,
    virtualRouterId: VIRTUAL_ROUTER_ID,
    priority,
    interval: INTERVAL_MS / 10,
    source,
    sourceMac: '02:00:00:00:00:99',
    addresses: ['192.0.2.101'],
  });
}

interface Measured {
  readonly deviations: readonly Deviation[];
  /** What else is to be said. */
  readonly text: string;
}

/** When a router advertised, heard at the other end of its link, without what is sent from there. */
function listen({ clock }: Lan, { namespace }: LanNode): { times(): readonly number[]; close(): Promise<void> } {
  const socket = openPacketSocket({ namespace, interfaceIndex: FLOOD_FROM, ignoreOutgoing: true, clock });
  const times: number[] = [];
  const take = (): void => {
    while (
      socket.receiveBatch(({ bytes, start, timeNs }) => {
        if (bytes[start + 12] === 8 && bytes[start + 13] === 0 && bytes[start + 23] === 112) times.push(timeNs);
      }) > 0
    );
  };
  socket.watch(take);
  return {
    times() {
      take();
      return times;
    },
    close: () => socket.closeAsync(),
  };
}

function deviationsOf(times: readonly number[]): Deviation[] {
  return times.slice(1).map((timeNs, index) => deviationOf(times[index]!, timeNs, INTERVAL_MS));
}

async function active(lan: Lan, node: LanNode, configurationText: string): Promise<RunningProgram> {
  const router = lan.router(node, configurationText);
  await router.line(/Entering MASTER STATE/);
  raise(router);
  return router;
}

/**
 * Links the router with the flood's sender past the LAN: the LAN's capture, which reads every frame of the flood several
 * times, would take the cores from both.
 */
function linkForFlood(node: LanNode, tester: LanNode): void {
  const peer = { name: 'eth1', index: FLOOD_FROM, macAddress: '02:00:00:00:01:78', namespace: tester.namespace };
  node.route.createVeth({ name: 'eth1', index: FLOOD_TO, peer });
  node.route.changeLink(FLOOD_TO, { up: true });
  tester.route.changeLink(FLOOD_FROM, { up: true });
  node.route.addAddress({ index: FLOOD_TO, address: '198.51.100.1', prefixLength: 24 });
}

/** The router while advertisements of a lower priority come in, which it does not answer. */
async function measureFlood(lan: Lan, node: LanNode, tester: LanNode): Promise<Measured> {
  linkForFlood(node, tester);
  const router = await active(lan, node, configuration(['lower_prio_no_advert true'], 'eth1'));
  const state = new SharedArrayBuffer(8);
  const data: FloodData = {
    namespacePath: tester.namespace.path,
    link: FLOOD_FROM,
    frame: advertisement(50, '198.51.100.250'),
    framesPerMs: FLOOD_FRAMES_PER_MS,
    state,
  };
  const path = fileURLToPath(new URL('bench-flood-worker.js', import.meta.url));
  const worker = new Worker(path, { workerData: data });
  await callWorker<never, never, never>(worker, () => {}).ready;
  await lan.pass(500);
  const control = new Int32Array(state);
  const before = Atomics.load(control, 0);
  const heard = listen(lan, tester);
  const beganMs = performance.now();
  await lan.pass(FLOOD_SECONDS * 1000);
  const rate = ((Atomics.load(control, 0) - before) / (performance.now() - beganMs)) * 1000;
  const deviations = deviationsOf(heard.times());
  Atomics.store(control, 1, 1);
  Atomics.notify(control, 1);
  await once(worker, 'exit');
  await heard.close();
  router.signal('SIGTERM');
  await router.ended;
  return { deviations, text: `${Math.round(rate).toLocaleString('en')} frames a second came` };
}

/** The router after each of some takeovers, while it announces its addresses again and again. */
async function measureBursts(lan: Lan, node: LanNode, socket: PacketSocket, link: number): Promise<Measured> {
  const excluded = Array.from({ length: ADDRESSES - 1 }, (_, index) => `198.18.${index >> 7}.${(index & 127) + 1}`);
  const router = await active(
    lan,
    node,
    configuration(['garp_master_repeat 20', 'virtual_ipaddress_excluded {', ...excluded, '}']),
  );
  await lan.pass(BURST_MS);
  const deviations: Deviation[] = [];
  let announcements = 0;
  for (let burst = 0; burst < BURSTS; burst += 1) {
    socket.send(advertisement(200), link);
    await lan.pass(BURST_MS);
    const seen = lan.frames.filter((frame) => frame.node === node.name);
    const base = lan.frames.findLast((frame) => frame.node === 'tester' && frame.vrrp !== undefined)!;
    const announced = seen.filter(({ arp, timeNs }) => arp !== undefined && timeNs > base.timeNs);
    const endNs = announced.at(-1)!.timeNs + INTERVAL_MS * MILLISECOND;
    // One that was on its way when the stronger one came is not of this tenure.
    const isOfTenure = ({ vrrp, timeNs }: SeenFrame): boolean =>
      vrrp !== undefined && timeNs > base.timeNs + INTERVAL_MS * MILLISECOND && timeNs <= endNs;
    deviations.push(...deviationsOf(seen.filter(isOfTenure).map(({ timeNs }) => timeNs)));
    announcements += announced.length;
    lan.forget();
  }
  router.signal('SIGTERM');
  await router.ended;
  return { deviations, text: `${announcements} announcements in ${BURSTS} takeovers` };
}

function result(name: string, { deviations, text }: Measured, watch: HostWatch, sinceNs: number): BenchResult {
  const errors = deviations.map(({ offMs }) => offMs);
  const figures = [0.5, 0.99, 1].map((part) => quantile(errors, part).toFixed(3));
  const host = watch.since(sinceNs);
  return {
    name,
    value: quantile(errors, JUDGED.part),
    unit: 'ms',
    aim: { comparison: 'at most', value: JUDGED.aimMs },
    details: `${text}, ${priorityText()}: median ${figures[0]} ms, p99 ${figures[1]} ms, maximum ${figures[2]} ms of ${errors.length}\n    ${withoutStallsText(deviations, host, JUDGED)}\n    ${floorText(host)}`,
  };
}

/** Whether a flood from the LAN, or much of its own to send, holds up a router's advertisements at 10 ms. */
export async function overload(): Promise<readonly BenchResult[]> {
  const lan = await buildLan();
  const watch = await watchHost(lan.clock);
  try {
    const node = lan.node('r1', ['192.0.2.1/24']);
    const tester = lan.node('tester', []);
    const floodNs = lan.clock.now();
    const flood = await measureFlood(lan, node, tester);
    const flooded = result(
      `interval of ${INTERVAL_MS} ms in a flood of lower advertisements: error at p99`,
      flood,
      watch,
      floodNs,
    );
    const link = tester.route.indexOf('eth0');
    const socket = openPacketSocket({ namespace: tester.namespace, interfaceIndex: link, protocol: 0 });
    lan.forget();
    const burstNs = lan.clock.now();
    const bursts = await measureBursts(lan, node, socket, link);
    await socket.closeAsync();
    return [
      flooded,
      result(
        `interval of ${INTERVAL_MS} ms while it announces ${ADDRESSES} addresses: error at p99`,
        bursts,
        watch,
        burstNs,
      ),
    ];
  } finally {
    await watch.stop();
    await lan.close();
  }
}
