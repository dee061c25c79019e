import { execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openNamespace } from '../../src/linux/namespace.ts';
import { openPacketSocket } from '../../src/linux/packet-socket.ts';
import { advertisementFrame } from '../../src/wire/build-advertisement.ts';
import { writeEthernet } from '../../src/wire/ethernet.ts';
import { endingWithUs } from '../child.ts';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** 64 of them fill a mebibyte of the kernel's memory, whatever it adds to each: the buffer has eight of those. */
const FLOOD = 40_000;
const ADVERTISE_EACH_MS = 100;

const pass = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** One end of a cable in a namespace of its own, and `vrrpbench watch` at the other. */
async function watched() {
  const holder = spawn(...endingWithUs('unshare', ['--net', 'sleep', 'infinity']), { stdio: 'ignore' });
  const pid = holder.pid!;
  while (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) await pass(5);
  const inside = ['-t', String(pid), '-n'];
  const ip = (...words: string[]) => execFileSync('nsenter', [...inside, 'ip', ...words], { encoding: 'utf8' });
  ip('link', 'add', 'sender', 'type', 'veth', 'peer', 'name', 'watched');
  for (const name of ['sender', 'watched']) ip('link', 'set', name, 'up');
  const link = Number(/^(\d+):/.exec(ip('-o', 'link', 'show', 'sender'))![1]);
  const watch = spawn(...endingWithUs('nsenter', [...inside, process.execPath, command, 'watch', 'watched']));
  const said = { out: '', error: '' };
  watch.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  watch.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text;
  });
  const status = new Promise<number | null>((resolve) => watch.on('exit', resolve));
  const until = async (seen: () => boolean) => {
    while (!seen() && watch.exitCode === null) await pass(20);
  };
  await until(() => said.error.includes('nothing is sent'));
  const socket = openPacketSocket({ namespace: openNamespace(pid), interfaceIndex: link, protocol: 0 });
  return {
    watch,
    said,
    status,
    until,
    send: (bytes: Uint8Array) => socket.send(bytes, link),
    end: () => holder.kill(),
  };
}

describe.skipIf(process.getuid?.() !== 0)('vrrpbench watch, where more comes in than it can take', () => {
  it('says how much was lost, and blames no router for it', async () => {
    const { watch, said, status, until, send, end } = await watched();
    let identification = 0;
    const advertise = () =>
      send(
        advertisementFrame({
          version: 3,
          virtualRouterId: 51,
          priority: 200,
          interval: ADVERTISE_EACH_MS / 10,
          source: '192.0.2.1',
          addresses: ['192.0.2.100'],
          checksum: 'message-alone',
          identification: ++identification,
        }),
      );
    const timer = setInterval(advertise, ADVERTISE_EACH_MS);
    await until(() => said.out.includes('Active 192.0.2.1'));
    const other = writeEthernet({
      destination: Uint8Array.of(2, 0, 0, 0, 0, 9),
      source: Uint8Array.of(2, 0, 0, 0, 0, 8),
      etherType: 0x88b5,
      payload: new Uint8Array(1400),
    });
    // It cannot read meanwhile, as on a machine that is busy otherwise.
    watch.kill('SIGSTOP');
    for (let sent = 0; sent < FLOOD; sent++) {
      send(other);
      if (sent % 4000 === 3999) await pass(ADVERTISE_EACH_MS);
    }
    watch.kill('SIGCONT');
    await pass(1000);
    clearInterval(timer);
    watch.kill('SIGINT');
    expect([0, 3]).toContain(await status);
    end();
    expect(Number(/(\d+) were lost/.exec(said.error)![1])).toBeGreaterThan(1000);
    expect(said.out.match(/VRID 51 IPv4 on watched:/g)).toHaveLength(1);
    expect(said.out).not.toMatch(/FAIL|WARN|nobody|fell silent|missing/);
  }, 60_000);
});
