import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CaptureInterface } from '../../src/capture/frame.ts';
import { type CaptureWriter, createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { StageListener } from '../../src/stage/stage.ts';
import { requirePeer } from '../peers.ts';
import { MS, twoRouters, VIRTUAL_ADDRESSES } from './seen.ts';

const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-simulation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CHECKSUMS = ['ip', 'icmp', 'icmpv6', 'vrrp'].map((protocol) => `${protocol}.checksum.status`);
const CHECKSUM_BAD = '0';
const CHECKSUM_GOOD = '1';

/** A listener that writes what it is shown as the capture of a run. */
function recorder(): { readonly listener: StageListener; readonly capture: () => Buffer } {
  const pieces: Uint8Array[] = [];
  const interfaces: CaptureInterface[] = [];
  let writer: CaptureWriter | undefined;
  const listener: StageListener = {
    origin(origin) {
      writer = createCaptureWriter((piece) => pieces.push(piece), { origin });
    },
    interface(index, description) {
      interfaces[index] = description;
      writer?.addInterface(description);
    },
    frame: (record) => writer?.frame(record),
    event: (event) => writer?.event(event),
  };
  return {
    listener,
    capture: () => {
      writer?.end();
      return Buffer.concat(pieces);
    },
  };
}

/** r1 loses its power while a host probes, and comes back; r2 is stopped in the end. */
async function record(version: 2 | 3, family: 'ipv4' | 'ipv6'): Promise<string> {
  const { listener, capture } = recorder();
  const topology = twoRouters({ version, family, intervalMs: 1000 });
  const set = await createSimulation().build(topology, listener, { seed: 1 });
  const probe = { name: 'p', from: 'h1', to: VIRTUAL_ADDRESSES[family].at(-1)!, intervalNs: 100 * MS };
  await set.perform({ kind: 'start', router: 'r1' });
  await set.perform({ kind: 'start', router: 'r2' });
  await set.advance(5000 * MS);
  await set.perform({ kind: 'begin-probe', probe });
  await set.advance(10_000 * MS);
  await set.perform({ kind: 'power-off', node: 'r1' });
  await set.advance(20_000 * MS);
  await set.perform({ kind: 'power-on', node: 'r1' });
  await set.perform({ kind: 'start', router: 'r1' });
  await set.advance(30_000 * MS);
  await set.perform({ kind: 'stop', router: 'r1' });
  await set.advance(35_000 * MS);
  await set.close();
  const path = join(folder, `${version}-${family}.pcapng`);
  writeFileSync(path, capture());
  return path;
}

function tshark(path: string, ...fields: readonly string[]): readonly (readonly string[])[] {
  const checked = ['ip.check_checksum:TRUE', 'vrrp.v3_checksum_as_in_v2:TRUE'].flatMap((option) => ['-o', option]);
  const wanted = fields.flatMap((field) => ['-e', field]);
  const output = execFileSync('tshark', ['-n', '-r', path, ...checked, '-T', 'fields', ...wanted], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 << 20,
  });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

describe.runIf(requirePeer('tshark'))('Wireshark, shown a simulated run', () => {
  it.each([
    [2, 'ipv4'],
    [3, 'ipv4'],
    [3, 'ipv6'],
  ] as const)('finds every frame well-formed and every checksum right (v%s, %s)', async (version, family) => {
    const path = await record(version, family);
    const rows = tshark(path, '_ws.malformed', 'frame.protocols', ...CHECKSUMS);
    expect(rows.length).toBeGreaterThan(500);
    expect(rows.filter(([malformed]) => malformed !== '')).toEqual([]);
    expect(rows.filter((row) => row.slice(2).includes(CHECKSUM_BAD))).toEqual([]);
    const good = (field: string) => rows.filter((row) => row[2 + CHECKSUMS.indexOf(field)] === CHECKSUM_GOOD).length;
    expect(good('vrrp.checksum.status')).toBeGreaterThan(50);
    expect(good(family === 'ipv4' ? 'icmp.checksum.status' : 'icmpv6.checksum.status')).toBeGreaterThan(400);
    const protocols = new Set(rows.map(([, stack]) => stack!.split(':').at(-1)));
    expect(protocols).toEqual(new Set(family === 'ipv4' ? ['vrrp', 'arp', 'data'] : ['vrrp', 'icmpv6', 'data']));
    const priorities = new Set(tshark(path, 'vrrp.prio').map(([priority]) => priority));
    expect(priorities).toEqual(new Set(['', '200', '100', '0']));
  });
});
