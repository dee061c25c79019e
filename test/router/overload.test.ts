import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPacketSocket, PACKET_OUTGOING, type PacketSocket } from '../../src/linux/packet-socket.ts';
import { canUseRealtime } from '../../src/linux/scheduling.ts';
import { type AdvertisementFrame, advertisementFrame } from '../../src/wire/build-advertisement.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import { type RunningProgram, raise } from './running-program.ts';
import type { SeenFrame } from './seen-frame.ts';

const MILLISECOND = 1_000_000;
const FLOOD_MS = 1500;
const INTERVAL_MS = 10;
/** What is late by less than this is no delay on a common host. */
const TOLERANCE_MS = 20;
/** Frames a millisecond: 10,000 a second. */
const BURST = 10;
const MOST_AT_ONCE = 300;

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

interface Wanted {
  readonly priority: number;
  readonly intervalMs: number;
  readonly lines?: readonly string[];
}

/** A vrrp_instance of VRID 51, version 3 over IPv4, with a virtual MAC. */
function instance({ priority, intervalMs, lines = [] }: Wanted): string {
  const usual = ['interface eth0', 'virtual_router_id 51', 'version 3', `advert_int ${intervalMs / 1000}`, 'use_vmac'];
  const body = [...usual, `priority ${priority}`, 'garp_master_delay 0', ...lines];
  return `vrrp_instance VI {\n${body.join('\n')}\nvirtual_ipaddress {\n192.0.2.101\n}\n}\n`;
}

function node(): LanNode {
  return lan.node('r1', ['192.0.2.1/24']);
}

interface Tester {
  readonly link: number;
  readonly socket: PacketSocket;
}

function createTester(): Tester {
  const tester = lan.node('tester', []);
  const link = tester.route.indexOf('eth0');
  return { link, socket: openPacketSocket({ namespace: tester.namespace, interfaceIndex: link }) };
}

function advertisement(different: Partial<AdvertisementFrame>): Uint8Array {
  const usual = { version: 3, virtualRouterId: 51, priority: 50, interval: 1, source: '192.0.2.250' } as const;
  return advertisementFrame({ ...usual, addresses: ['192.0.2.101'], ...different });
}

/**
 * Sends 10,000 frames a second, these in turn; resolves with how many were sent. What was missed while the host held up
 * this process is left out: it would come as a burst that no buffer holds.
 */
async function flood({ socket, link }: Tester, frames: readonly Uint8Array[], milliseconds: number): Promise<number> {
  const begin = performance.now();
  let sent = 0;
  let former = begin;
  for (let now = begin; now - begin < milliseconds; now = performance.now()) {
    const due = Math.min(MOST_AT_ONCE, Math.round((now - former) * BURST));
    former = now;
    for (let index = 0; index < due; index += 1, sent += 1) socket.send(frames[sent % frames.length]!, link);
    await lan.pass(1);
  }
  return sent;
}

/** What r1 sends from now on, heard at its own port alone, where no flood fills the buffer: VRRP, by the kernel's time. */
function listen(): { times(): number[]; close(): void } {
  const { fabric } = lan;
  const interfaceIndex = fabric.route.indexOf('port-r1');
  const socket = openPacketSocket({
    namespace: fabric.namespace,
    interfaceIndex,
    ignoreOutgoing: true,
    clock: lan.clock,
  });
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
    close: () => socket.close(),
  };
}

const advertises = (frame: SeenFrame): boolean => frame.node === 'r1' && frame.vrrp !== undefined;

/** Times between advertisements, in milliseconds. */
function gapsMs(times: readonly number[]): number[] {
  return times.slice(1).map((timeNs, index) => (timeNs - times[index]!) / MILLISECOND);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** How long a router was ready to run and the host did not let it, until now. */
function heldUpMs({ child }: RunningProgram): number {
  return Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[1]) / MILLISECOND;
}

async function start(text: string): Promise<RunningProgram> {
  const router = lan.router(node(), text);
  await router.line(/ready: 1/);
  if (canUseRealtime()) raise(router);
  return router;
}

async function statisticsOf(router: RunningProgram): Promise<{ advert_rcvd: number; discarded: object }> {
  const before = router.output().length;
  router.signal('SIGUSR1');
  while (!router.output().slice(before).includes('\n')) await lan.pass(5);
  return JSON.parse(router.output().slice(before))[0].stats;
}

/** What a router does at 10 ms while it is flooded, beside the gaps on the wire. */
async function gapsUnderFlood(router: RunningProgram, frames: readonly Uint8Array[]) {
  const tester = createTester();
  await lan.pass(200);
  const heard = listen();
  const before = heldUpMs(router);
  const sent = await flood(tester, frames, FLOOD_MS);
  const gaps = gapsMs(heard.times());
  const excusedMs = heldUpMs(router) - before;
  heard.close();
  return { sent, gaps, mostMs: INTERVAL_MS + TOLERANCE_MS + excusedMs };
}

describe('a router at an interval of 10 ms', () => {
  it('goes on advertising while it announces 300 addresses', async () => {
    const excluded = Array.from({ length: 299 }, (_, index) => `198.18.${index >> 7}.${(index & 127) + 1}`);
    const lines = ['garp_master_repeat 20', 'virtual_ipaddress_excluded {', ...excluded, '}'];
    const router = await start(instance({ priority: 100, intervalMs: INTERVAL_MS, lines }));
    const announcements = (): SeenFrame[] => lan.frames.filter(({ arp, node }) => node === 'r1' && arp !== undefined);
    await lan.until('the first advertisement', advertises);
    while (announcements().length < 300 * 20) await lan.pass(20);
    await lan.pass(100);
    const times = lan.frames.filter(advertises).map(({ timeNs }) => timeNs);
    const gaps = gapsMs(times);
    expect(Math.max(...gaps)).toBeLessThan(INTERVAL_MS + TOLERANCE_MS + heldUpMs(router));
    const last = announcements().at(-1)!.timeNs;
    const during = gapsMs(times.filter((timeNs) => timeNs <= last));
    expect(during.length).toBeGreaterThan(2);
    expect(median(during)).toBeLessThan(INTERVAL_MS + 1);
  });

  it.each([
    ['and answers none of them', ['lower_prio_no_advert true']],
    ['and answers each of them', ['lower_prio_no_advert false']],
  ])('is not held up by 10,000 lower advertisements a second, %s', async (_, lines) => {
    const router = await start(instance({ priority: 200, intervalMs: INTERVAL_MS, lines }));
    await lan.until('the first advertisement', advertises);
    const { sent, gaps, mostMs } = await gapsUnderFlood(router, [advertisement({ priority: 50 })]);
    expect(Math.max(...gaps)).toBeLessThan(mostMs);
    expect(median(gaps)).toBeLessThan(INTERVAL_MS + 1);
    expect((await statisticsOf(router)).advert_rcvd).toBe(sent);
  });

  it('is not held up by 10,000 malformed frames a second, and counts each by its reason', async () => {
    const router = await start(instance({ priority: 200, intervalMs: INTERVAL_MS }));
    await lan.until('the first advertisement', advertises);
    const bad: Partial<AdvertisementFrame>[] = [{ hopLimit: 1 }, { checksum: 'wrong' }, { type: 7 }, { version: 2 }];
    const { sent, gaps, mostMs } = await gapsUnderFlood(router, bad.map(advertisement));
    expect(Math.max(...gaps)).toBeLessThan(mostMs);
    expect(median(gaps)).toBeLessThan(INTERVAL_MS + 1);
    const { discarded } = await statisticsOf(router);
    expect(Object.values(discarded).reduce((sum, count) => sum + count, 0)).toBe(sent);
    expect(discarded).toMatchObject({ ttl: Math.ceil(sent / 4), version: Math.floor(sent / 4) });
    expect(router.lines.filter((line) => line.includes('discarded'))).toHaveLength(4);
  });

  it('starts nothing when all that it sends comes back', async () => {
    const tester = createTester();
    let reflected = 0;
    tester.socket.watch(() => {
      while (
        tester.socket.receiveBatch(({ packetType, bytes, start, end }) => {
          if (packetType === PACKET_OUTGOING) return;
          reflected += 1;
          tester.socket.send(bytes.slice(start, end), tester.link);
        }) > 0
      );
    });
    const router = await start(instance({ priority: 200, intervalMs: INTERVAL_MS }));
    await lan.until('the first advertisement', advertises);
    const first = lan.frames.length;
    const begin = lan.clock.now();
    await lan.pass(1000);
    const seen = lan.frames.slice(first).filter(({ node }) => node === 'r1');
    const elapsedMs = (lan.clock.now() - begin) / MILLISECOND;
    expect(reflected).toBeGreaterThan(50);
    expect(seen.filter(advertises).length).toBeLessThan((elapsedMs / INTERVAL_MS) * 1.1);
    // Beside advertisements the kernel's few answers, not one for each frame that came back.
    expect(seen.filter((frame) => !advertises(frame)).length).toBeLessThan(30);
    expect(router.lines.join('\n')).not.toMatch(/BACKUP STATE \(rec|discarded/);
  });
});

describe('a Backup', () => {
  it.each([
    ['lower advertisements', [{ priority: 50, interval: 10 }]],
    [
      'malformed frames',
      [
        { priority: 200, hopLimit: 1 },
        { priority: 200, checksum: 'wrong' as const },
      ],
    ],
  ])('takes over in time though 10,000 %s a second come in', async (_, bad) => {
    const router = await start(instance({ priority: 100, intervalMs: 100, lines: ['lower_prio_no_advert true'] }));
    const tester = createTester();
    tester.socket.send(advertisement({ priority: 200, interval: 10 }), tester.link);
    const base = await lan.until('the stronger one', ({ vrrp }) => vrrp?.priority === 200);
    const heard = listen();
    const before = heldUpMs(router);
    await flood(tester, bad.map(advertisement), 500);
    const delayMs = (heard.times()[0]! - base.timeNs) / MILLISECOND - activeDownMs(100);
    heard.close();
    expect(delayMs).toBeGreaterThan(-1);
    expect(delayMs).toBeLessThan(TOLERANCE_MS + heldUpMs(router) - before);
  });
});

/** Active_Down_Interval of priority 100, by RFC 9568 §6.1. */
function activeDownMs(intervalMs: number): number {
  return 3 * intervalMs + (156 / 256) * intervalMs;
}
