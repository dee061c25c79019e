import { execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { processCpuNs } from '../src/linux/cpu-time.ts';
import { openNamespace } from '../src/linux/namespace.ts';
import { openPacketSocket } from '../src/linux/packet-socket.ts';
import { advertisementFrame } from '../src/wire/build-advertisement.ts';
import { internetChecksum } from '../src/wire/checksum.ts';
import { endingWithUs } from '../test/child.ts';
import type { BenchResult } from './result.ts';

const FRAMES_A_SECOND = 10_000;
const VIRTUAL_ROUTERS = 100;
const SETTLED_MS = 5000;
const MEASURED_MS = 20_000;
const IP_OFFSET = 14;
const IP_HEADER_END = 34;
const IDENTIFICATION = 18;
const CHECKSUM = 24;

/** `vrrpbench watch` on one end of a cable, in a namespace of its own, while 10,000 advertisements a second come in. */
export async function watchSpeed(): Promise<readonly BenchResult[]> {
  const holder = spawn(...endingWithUs('unshare', ['--net', 'sleep', 'infinity']), { stdio: 'ignore' });
  const pid = holder.pid!;
  while (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) await pass(5);
  const inside = ['-t', String(pid), '-n'];
  const ip = (...words: string[]) => execFileSync('nsenter', [...inside, 'ip', ...words], { encoding: 'utf8' });
  ip('link', 'add', 'sender', 'type', 'veth', 'peer', 'name', 'watched');
  for (const name of ['sender', 'watched']) ip('link', 'set', name, 'up');
  const link = Number(/^(\d+):/.exec(ip('-o', 'link', 'show', 'sender'))![1]);
  const program = fileURLToPath(new URL('./cli.js', import.meta.url));
  const watch = spawn(...endingWithUs('nsenter', [...inside, process.execPath, program, 'watch', 'watched']), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  watch.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise((resolve) => watch.on('exit', resolve));
  while (!said.includes('nothing is sent')) await pass(20);
  const socket = openPacketSocket({ namespace: openNamespace(pid), interfaceIndex: link, protocol: 0 });
  const sender = startSending((frame) => socket.send(frame, link) === 'sent');
  await pass(SETTLED_MS);
  const [before, begin] = [cpuSeconds(watch.pid!), performance.now()];
  await pass(MEASURED_MS);
  const corePercent = (100_000 * (cpuSeconds(watch.pid!) - before)) / (performance.now() - begin);
  const sent = sender.stop();
  await pass(500);
  watch.kill('SIGINT');
  await ended;
  await socket.closeAsync();
  holder.kill();
  const [, received = 0, lost = 0] = /(\d+) frames were received, (\d+) were lost/.exec(said) ?? [];
  const rate = Math.round(sent.frames / sent.seconds);
  return [
    {
      name: `watch at ${FRAMES_A_SECOND} advertisements a second: of a core`,
      value: corePercent,
      unit: '%',
      aim: { comparison: 'at most', value: 15 },
      details: `${VIRTUAL_ROUTERS} virtual routers at 10 ms; ${rate} frames/s were sent, for ${Math.round(sent.seconds)} s`,
    },
    {
      name: 'watch: frames lost',
      value: Math.max(0, sent.frames - Number(received)) + Number(lost),
      unit: 'frames',
      aim: { comparison: 'at most', value: 0 },
      details: `${sent.frames} sent, ${received} received, the kernel dropped ${lost}`,
    },
  ];
}

/** Sends at the rate, in time with the clock: what a busy moment held back follows at once. */
function startSending(send: (frame: Uint8Array) => boolean): { stop(): { frames: number; seconds: number } } {
  const frames = Array.from({ length: VIRTUAL_ROUTERS }, (_, index) =>
    advertisementFrame({
      version: 3,
      virtualRouterId: index + 1,
      priority: 200,
      interval: 1,
      source: '192.0.2.1',
      addresses: [`198.51.100.${index + 1}`],
      checksum: 'message-alone',
    }),
  );
  const begin = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begin) / 1000) * FRAMES_A_SECOND);
    for (; sent < due; sent++) {
      const frame = frames[sent % VIRTUAL_ROUTERS]!;
      identify(frame, sent);
      if (!send(frame)) return;
    }
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return { frames: sent, seconds: (performance.now() - begin) / 1000 };
    },
  };
}

/** Each packet has an identification of its own, as a router's have. */
function identify(frame: Uint8Array, number: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint16(IDENTIFICATION, number & 0xffff);
  view.setUint16(CHECKSUM, 0);
  view.setUint16(CHECKSUM, internetChecksum(frame, IP_OFFSET, IP_HEADER_END));
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Time of the processor that a process has used until now, with all its threads, in seconds. */
function cpuSeconds(pid: number): number {
  return processCpuNs(pid) / 1_000_000_000;
}
