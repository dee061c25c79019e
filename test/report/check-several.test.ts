import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCaptureFile } from '../../src/capture/file.ts';
import type { FrameRecord } from '../../src/capture/frame.ts';
import { createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { checkCapture } from '../../src/conformance/check-capture.ts';
import { checkCaptures } from '../../src/conformance/check-captures.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { advertisement, gratuitousArp, R1, R2 } from '../conformance/watch.ts';

const recorded = (name: string) => fileURLToPath(new URL(`../../captures/recorded/${name}`, import.meta.url));
const WHOLE = recorded('keepalived-2.2.7_v3_ipv4_vmac.pcap');

function command(...words: readonly string[]): Promise<{ status: number | null; out: string; error: string }> {
  return new Promise((resolve) => {
    const dist = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    const child = execFile(process.execPath, [dist, ...words], (_, out, error) => {
      resolve({ status: child.exitCode, out, error });
    });
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-several-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The frame as it is on a trunk: behind its MAC addresses a tag of 802.1Q. */
function withTag(record: FrameRecord, vlan: number | undefined): FrameRecord {
  if (vlan === undefined) return record;
  const { bytes, start, end, originalLength } = record;
  const tag = Uint8Array.of(0x81, 0x00, vlan >> 8, vlan & 0xff);
  const tagged = Buffer.concat([bytes.subarray(start, start + 12), tag, bytes.subarray(start + 12, end)]);
  return { ...record, bytes: tagged, start: 0, end: tagged.length, originalLength: originalLength + tag.length };
}

/** Writes those frames of a capture that are chosen, with their times moved, as a capture of its own. */
async function part(
  name: string,
  chosen: (record: FrameRecord) => boolean,
  movedNs = 0,
  source = WHOLE,
  vlan?: number,
): Promise<string> {
  const path = join(folder, name);
  const pieces: Uint8Array[] = [];
  let writer: ReturnType<typeof createCaptureWriter> | undefined;
  await readCaptureFile(source, {
    origin(origin) {
      writer = createCaptureWriter((piece) => pieces.push(piece), { origin });
    },
    interface: (_, description) => void writer?.addInterface({ ...description, name: 'eth0' }),
    frame(record) {
      if (chosen(record)) writer?.frame({ ...withTag(record, vlan), timeNs: record.timeNs + movedNs });
    },
  });
  writer?.end();
  await writeFile(path, Buffer.concat(pieces));
  return path;
}

describe('many captures', () => {
  it('are read together, however many share the memory', async () => {
    const pieces = await Promise.all(
      Array.from({ length: 33 }, (_, index) => part(`piece-${index}.pcapng`, ({ number }) => number % 33 === index)),
    );
    const { files = [], complete } = await checkCaptures(pieces);
    const { observation } = await checkCapture(WHOLE);
    expect(complete).toBe(true);
    expect(files.reduce((sum, { frames }) => sum + frames, 0)).toBe(observation.frames);
  });
});

describe('captures of both sides', () => {
  it('are one history, whose frames count once and know every place where they were seen', async () => {
    const r1 = await part('r1.pcapng', ({ number }) => number % 5 !== 0);
    const r2 = await part('r2.pcapng', ({ number }) => number % 7 !== 0, -12_345_678_901);
    const whole = await checkCapture(WHOLE);
    const { observation, files } = await checkCaptures([r1, r2]);
    expect(observation.advertisements).toBeGreaterThan(62);
    expect(observation.advertisements).toBeLessThanOrEqual(whole.observation.advertisements);
    expect(observation.virtualRouters[0]!.timeline.map(({ end }) => end)).toEqual(
      whole.observation.virtualRouters[0]!.timeline.map(({ end }) => end),
    );
    expect(files![1]!.clock).toMatchObject({ kind: 'measured', offset: { offsetNs: 12_345_678_901, residualNs: 0 } });
    const frames = observation.findings.flatMap((finding) => finding.frames);
    expect(frames.some(({ places }) => places?.[0]?.interfaceIndex === 1)).toBe(true);
  });

  it('are moved by what the user says instead', async () => {
    const r1 = await part('a.pcapng', () => true);
    const r2 = await part('b.pcapng', () => true, 5e9);
    const { observation, files } = await checkCaptures([r1, r2], { offsets: new Map([[r2, -5e9]]) });
    expect(files![1]!.clock).toEqual({ kind: 'given', offsetNs: -5e9 });
    expect(observation.frames).toBe(331);
  });

  it('have each frame counted where one goes on where the other ends, in the middle of a burst that repeats itself', async () => {
    const first = await part('first.pcapng', ({ number }) => number <= 165);
    const second = await part('second.pcapng', ({ number }) => number > 165);
    for (const files of [
      [first, second],
      [second, first],
    ]) {
      const { observation } = await checkCaptures(files);
      expect(observation.frames).toBe(331);
    }
  });

  it('are one LAN though no frame of one side reached the other: the same virtual router is advertised', async () => {
    const one = await part('one.pcapng', ({ number }) => number <= 150);
    const other = await part('other.pcapng', ({ number }) => number > 150);
    const { observation } = await checkCaptures([other, one]);
    expect(observation.virtualRouters).toHaveLength(1);
    expect(observation.virtualRouters[0]!.timeline).toHaveLength(12);
  });
});

describe('captures of two LANs that use the same VRID', () => {
  /** A capture of one router, which announces its first address once in ten seconds. */
  function lanOf(name: string, router: Partial<AdvertisementFrame>, announcesAt: readonly number[]): Promise<string> {
    const pieces: Uint8Array[] = [];
    const origin = { unixNanoseconds: 1_700_000_000_000_000_000n };
    const writer = createCaptureWriter((piece) => pieces.push(piece), { origin });
    writer.addInterface({ name: 'eth0', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
    const advertisements = Array.from({ length: 30 }, (_, second) => ({ at: second, bytes: advertisement(router) }));
    // Keepalived repeats each announcement five times.
    const announcements = announcesAt.flatMap((at) =>
      [0, 1, 2, 3, 4].map((nth) => ({ at: at + nth / 1e5, bytes: gratuitousArp() })),
    );
    const all = [...advertisements, ...announcements].sort((a, b) => a.at - b.at);
    for (const [index, { at, bytes }] of all.entries()) {
      const place = { interfaceIndex: 0, direction: 0 as const, start: 0, end: bytes.length };
      writer.frame({ ...place, bytes, timeNs: Math.round(at * 1e9), originalLength: bytes.length, number: index + 1 });
    }
    writer.end();
    const path = join(folder, name);
    return writeFile(path, Buffer.concat(pieces)).then(() => path);
  }
  const more = { addresses: ['192.0.2.100', '192.0.2.101'] };

  it('stay two where they announce one address alike at the same moment by chance', async () => {
    const files = [
      await lanOf('here.pcapng', R1, [0.1, 20]),
      await lanOf('there.pcapng', { ...R2, ...more }, [0.1, 7]),
    ];
    const { observation } = await checkCaptures(files, { offsets: new Map([[files[1]!, 0]]) });
    expect(observation.virtualRouters.map(({ lan }) => lan)).toEqual(['eth0', 'there.pcapng eth0']);
    expect(observation.virtualRouters.flatMap(({ overlaps }) => overlaps)).toEqual([]);
  });
});

describe('two Active routers, captured at both sides', () => {
  it('are shown not to hear each other, where each file has the advertisements of one alone', async () => {
    const side = (name: string, router: Partial<AdvertisementFrame>, offset: number) => {
      const pieces: Uint8Array[] = [];
      const origin = { unixNanoseconds: 1_700_000_000_000_000_000n };
      const writer = createCaptureWriter((piece) => pieces.push(piece), { origin });
      writer.addInterface({ name: 'eth0', linkType: 1, resolutionNanoseconds: 1, snapLength: 0 });
      for (let second = 1; second < 40; second++) {
        const bytes = advertisement(router);
        const place = { interfaceIndex: 0, direction: 0 as const, start: 0, end: bytes.length };
        const timeNs = Math.round((second + offset) * 1e9);
        writer.frame({ ...place, bytes, timeNs, originalLength: bytes.length, number: second });
      }
      writer.end();
      return writeFile(join(folder, name), Buffer.concat(pieces)).then(() => join(folder, name));
    };
    const files = [await side('left.pcapng', R1, 0), await side('right.pcapng', R2, 0.4)];
    const { observation } = await checkCaptures(files);
    expect(observation.virtualRouters).toHaveLength(1);
    expect(observation.causes.find(({ id }) => id === 'cannot-hear')).toMatchObject({
      certainty: 'shown',
      text: expect.stringMatching(/192\.0\.2\.1 were seen at left\.pcapng eth0 alone, .* at right\.pcapng eth0 alone/),
    });
  });
});

describe('vrrpbench check --config', () => {
  const configuration = (name: string, priority: number) => `
global_defs {
  router_id ${name}
}
vrrp_instance gateway {
  interface eth0
  version 3
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  use_vmac
  virtual_ipaddress {
    192.0.2.101
    192.0.2.100
  }
}
`;

  it('tells where the wire differs from what was configured, and what of it cannot be read', async () => {
    const [gw1, gw2, broken] = ['gw1.conf', 'gw2.conf', 'broken.conf'].map((name) => join(folder, name));
    await writeFile(gw1!, configuration('gw1', 200));
    await writeFile(gw2!, configuration('gw2', 150));
    await writeFile(broken!, 'vrrp_instance x {');
    const { out, status } = await command('check', WHOLE, '--config', gw1!, '--config', gw2!);
    expect(status).toBe(0);
    expect(out.match(/^config .*$/gm)).toEqual([
      'config priority  VRID 51 IPv4 gw2 = 192.0.2.2: configured 150; on the wire 100',
      'config VRID 51 IPv4 gw1 = 192.0.2.1: as configured (priority 200, VRRPv3, interval 1.000 s, addresses 192.0.2.101, 192.0.2.100, advertisements from the virtual MAC, checksum with a pseudo-header, preemption on)',
      'config VRID 51 IPv4 gw2 = 192.0.2.2: the rest as configured (VRRPv3, interval 1.000 s, addresses 192.0.2.101, 192.0.2.100, advertisements from the virtual MAC, checksum with a pseudo-header)',
    ]);
    const refused = await command('check', WHOLE, '--config', broken!);
    expect(refused).toMatchObject({ status: 2, error: expect.stringContaining('broken.conf:1:') });
  });
});

describe('a configuration that says more than an election needs', () => {
  const judgedWith = async (words: string): Promise<Readonly<Record<string, number>>> => {
    const file = join(folder, 'says-more.conf');
    const text = `vrrp_instance gateway {
  interface eth0
  version 3
  virtual_router_id 51
  priority 200
  use_vmac
  virtual_ipaddress {
    fe80::5e:51
    2001:db8::101
    2001:db8::100
  }
  ${words}
}
`;
    await writeFile(file, text);
    const capture = join(dirname(WHOLE), 'frr-8.4.4_v3_ipv6.pcap');
    const { out } = await command('check', capture, '--config', file, '--json');
    return (JSON.parse(out) as { judged: Record<string, number> }).judged;
  };

  it('has Router Advertisements judged where it asks for them, and only there', async () => {
    expect(await judgedWith('router_advertisement {\n  }')).toHaveProperty(['active.ra']);
    expect(await judgedWith('')).not.toHaveProperty(['active.ra']);
  });
});

describe('captures of a trunk and of an access port', () => {
  /** The last frame before a silence of three seconds. */
  const CUT = 178;

  it('are one LAN, whose frames count once', async () => {
    const trunk = await part('trunk.pcapng', ({ number }) => number % 5 !== 0, 0, WHOLE, 51);
    const access = await part('access.pcapng', ({ number }) => number % 7 !== 0, 3e9);
    const whole = await checkCapture(WHOLE);
    for (const files of [
      [trunk, access],
      [access, trunk],
    ]) {
      const { observation, files: checked } = await checkCaptures(files);
      expect(observation.virtualRouters.map(({ lan }) => lan)).toEqual(['eth0 vlan 51']);
      expect(observation.advertisements).toBeLessThanOrEqual(whole.observation.advertisements);
      expect(observation.virtualRouters[0]!.timeline.map(({ end }) => end)).toEqual(
        whole.observation.virtualRouters[0]!.timeline.map(({ end }) => end),
      );
      expect(checked![1]!.clock).toMatchObject({ kind: 'measured' });
    }
  });

  it('of another VLAN, or of one that both have tagged, stay what they are', async () => {
    const one = await part('one.pcapng', ({ number }) => number <= CUT, 0, WHOLE, 51);
    const other = await part('other.pcapng', ({ number }) => number > CUT, 0, WHOLE);
    const apart = await checkCaptures([one, other]);
    expect(apart.observation.virtualRouters.map(({ lan }) => lan)).toEqual(['eth0 vlan 51', 'other.pcapng eth0']);
    const again = await part('again.pcapng', ({ number }) => number > CUT - 50, 0, WHOLE, 51);
    const both = await checkCaptures([one, again]);
    expect(both.observation.virtualRouters.map(({ lan }) => lan)).toEqual(['eth0 vlan 51']);
  });
});

describe('captures of different LANs', () => {
  it('are kept apart, though their interfaces have one name', async () => {
    const v4 = await part('v4.pcapng', () => true);
    const v6 = await part('v6.pcapng', () => true, 0, recorded('frr-8.4.4_v3_ipv6.pcap'));
    const { observation } = await checkCaptures([v4, v6]);
    expect(observation.virtualRouters.map(({ lan, family }) => [lan, family])).toEqual([
      ['eth0', 'ipv4'],
      ['v6.pcapng eth0', 'ipv6'],
    ]);
  });
});
