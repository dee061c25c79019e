import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/capture/event.ts';
import type { CaptureInterface, Direction, FrameRecord } from '../../src/capture/frame.ts';
import type { Intent } from '../../src/capture/intent.ts';
import type { CaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { createCaptureWriter } from '../../src/capture/pcapng-writer.ts';
import { createCaptureReader } from '../../src/capture/reader.ts';
import { requirePeer } from '../peers.ts';
import { octets, pcapng } from './build.ts';
import { collect, recordedCaptures } from './collect.ts';

const origin = { unixNanoseconds: 1_795_337_858_000_000_000n };
const ethernet = { linkType: 1, snapLength: 0, resolutionNanoseconds: 1 };
const interfaces: readonly CaptureInterface[] = [
  {
    ...ethernet,
    name: 'r1.lan',
    description: "r1's port on lan: größer",
    port: { node: 'r1', kind: 'router', lan: 'lan', macAddress: '02:00:00:00:01:01' },
  },
  { ...ethernet, name: 'h1.lan', port: { node: 'h1', kind: 'host', lan: 'lan' } },
];
const intent: Intent = {
  virtualRouters: [
    {
      router: 'r1',
      lan: 'lan',
      virtualRouterId: 51,
      version: 3,
      family: 'ipv4',
      priority: 200,
      advertisementIntervalNs: 1_000_000_000,
      preempt: false,
      addresses: ['192.0.2.101', '192.0.2.100'],
      virtualMac: true,
    },
  ],
};
const events: readonly RunEvent[] = [
  { kind: 'router-started', timeNs: -5, router: 'r1' },
  { kind: 'router-exited', timeNs: 1_000, router: 'r1', expected: false, signal: 'SIGSEGV', lastLogLines: ['ü', ''] },
  { kind: 'power-off', timeNs: 1_001, node: 'r1' },
  { kind: 'cable-plugged', timeNs: 1_002, node: 'r1', lan: 'lan' },
  { kind: 'fault-began', timeNs: 1_003, fault: 'loss', description: 'every third' },
  { kind: 'stall', timeNs: 1_004, durationNs: 7_000_000, core: 1 },
  { kind: 'clock-step', timeNs: 1_005, stepNs: -3 },
  { kind: 'note', timeNs: 1_006, text: 'step 3: kill r1' },
];

function record(timeNs: number, values: Partial<FrameRecord> = {}): FrameRecord {
  const bytes = octets(60);
  return {
    timeNs,
    interfaceIndex: 0,
    direction: 0,
    bytes,
    start: 0,
    end: 60,
    originalLength: 60,
    number: 0,
    ...values,
  };
}

function write(fill: (writer: CaptureWriter) => void): Buffer {
  const pieces: Uint8Array[] = [];
  const writer = createCaptureWriter((piece) => pieces.push(piece), {
    origin,
    interfaces,
    hardware: 'a machine',
    os: 'Linux',
    application: 'vrrpbench',
  });
  fill(writer);
  writer.end();
  return Buffer.concat(pieces);
}

describe('a written capture', () => {
  it('gives back frames, interfaces with their roles, intent and events', () => {
    const large = octets(100_000);
    const capture = write((writer) => {
      writer.intent(intent);
      writer.frame(record(-1, { direction: 1 }), { comment: 'before the origin' });
      for (const event of events) writer.event(event);
      writer.frame(record(4_294_967_296, { interfaceIndex: 1, direction: 2, start: 7, end: 50, originalLength: 1500 }));
      const added = writer.addInterface({ ...ethernet, name: 'late' });
      writer.frame(record(8_640_000_000_000_001, { interfaceIndex: added, bytes: large, end: 100_000 }));
    });
    const { frames, end, origin: readOrigin } = collect(capture);
    expect(readOrigin).toBe(origin.unixNanoseconds);
    expect(frames).toMatchObject([
      { number: 1, timeNs: -1, interfaceIndex: 0, direction: 1, originalLength: 60 },
      { number: 2, timeNs: 4_294_967_296, interfaceIndex: 1, direction: 2, originalLength: 1500 },
      { number: 3, timeNs: 8_640_000_000_000_001, interfaceIndex: 2, direction: 0, originalLength: 100_000 },
    ]);
    expect(frames[1]?.hex).toBe(Buffer.from(octets(60).subarray(7, 50)).toString('hex'));
    expect(frames[2]?.hex).toBe(Buffer.from(large).toString('hex'));
    expect(end.interfaces).toEqual([...interfaces, { ...ethernet, name: 'late' }]);
    expect(end).toMatchObject({ complete: true, annotations: { intent, events, problems: [] } });
  });

  it('is exact to the nanosecond, whatever origin and time', () => {
    const times = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 20 });
    const origins = fc.bigInt({ min: 2n ** 54n, max: 2n ** 63n });
    fc.assert(
      fc.property(origins, times, (unixNanoseconds, timesNs) => {
        const pieces: Uint8Array[] = [];
        const writer = createCaptureWriter((piece) => pieces.push(piece), { origin: { unixNanoseconds }, interfaces });
        for (const timeNs of timesNs) writer.frame(record(timeNs));
        writer.end();
        const { frames } = collect(Buffer.concat(pieces), [], { origin: { unixNanoseconds } });
        expect(frames.map(({ timeNs }) => timeNs)).toEqual(timesNs);
      }),
    );
  });

  it('tells its intent and events in the order of the file, on the clock of the session', () => {
    const told: unknown[] = [];
    const capture = write((writer) => {
      writer.intent(intent);
      writer.frame(record(1_500_000_000));
      writer.event({ kind: 'note', timeNs: 1_500_000_001, text: 'after' });
    });
    const sink = { origin() {}, interface() {}, frame: ({ timeNs }: FrameRecord) => told.push(timeNs) };
    const reader = createCaptureReader(sink, {
      origin: { unixNanoseconds: origin.unixNanoseconds + 1_000_000_000n },
      annotations: { intent: () => told.push('intent'), event: ({ timeNs }) => told.push({ timeNs }) },
    });
    reader.push(capture);
    expect(reader.end().annotations.events).toEqual([{ kind: 'note', timeNs: 500_000_001, text: 'after' }]);
    expect(told).toEqual(['intent', 500_000_000, { timeNs: 500_000_001 }]);
  });

  it('refuses a frame of an interface that it does not have', () => {
    expect(() => write((writer) => writer.frame(record(0, { interfaceIndex: 2 })))).toThrow(RangeError);
  });

  it('cuts a comment at what the format holds, between characters', () => {
    const { end } = collect(write((writer) => writer.frame(record(0), { comment: '€'.repeat(30_000) })));
    expect(end).toMatchObject({ frames: 1, complete: true });
  });
});

describe("a run's block that comes from elsewhere", () => {
  const make = pcapng({ littleEndian: true });
  const wrap = (value: unknown) => make.custom(0x8000_0bad, 32_473, JSON.stringify(value));
  const envelope = { vrrpbench: 1, origin: '1795337858000000000' };

  it.each([
    ['of a version to come', { vrrpbench: 2, origin: '0' }, 'version 2'],
    ['without an origin', { vrrpbench: 1, intent }, 'no origin'],
    ['with an origin that is no number', { vrrpbench: 1, origin: '0x7', intent }, 'no origin'],
    ['with an event that is not known', { ...envelope, event: { kind: 'toString', timeNs: 1 } }, '"toString"'],
    ['with an event without its time', { ...envelope, event: { kind: 'note', text: 'x' } }, 'timeNs'],
    ['with an event without its router', { ...envelope, event: { kind: 'router-killed', timeNs: 1 } }, 'router'],
    ['with an intent that is no list', { ...envelope, intent: { virtualRouters: 7 } }, 'not a list'],
    ['with a VRID of 256', { ...envelope, intent: badIntent({ virtualRouterId: 256 }) }, 'virtualRouterId'],
    ['with addresses that are none', { ...envelope, intent: badIntent({ addresses: [1] }) }, 'addresses'],
  ])('%s is named and left out', (_, value, words) => {
    const capture = Buffer.concat([make.section(), make.interface(), wrap(value), make.enhanced(0, 1n, octets(14))]);
    const { end } = collect(capture);
    expect(end).toMatchObject({ frames: 1, complete: true, annotations: { events: [] } });
    expect(end.annotations.intent).toBeUndefined();
    expect(end.annotations.problems).toEqual([expect.stringContaining(words)]);
  });

  it('is passed over where it is not ours', () => {
    const others = [make.custom(0x8000_0bad, 32_473, 'not JSON'), make.custom(0x8000_0bad, 1, '{"vrrpbench":9}')];
    const { end } = collect(Buffer.concat([make.section(), ...others]));
    expect(end).toMatchObject({ complete: true, annotations: { events: [], problems: [] } });
  });
});

function badIntent(change: object): unknown {
  return { virtualRouters: [{ ...intent.virtualRouters[0], ...change }] };
}

describe.runIf(requirePeer('tshark'))('Wireshark', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-writer-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function tshark(path: string, ...fields: readonly string[]): readonly (readonly string[])[] {
    const wanted = fields.flatMap((field) => ['-e', field]);
    const output = execFileSync('tshark', ['-n', '-r', path, '-T', 'fields', ...wanted], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return output
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'));
  }

  it('reads a written capture as it was meant, and numbers its frames alike', () => {
    const path = join(folder, 'run.pcapng');
    const capture = write((writer) => {
      writer.intent(intent);
      for (const [index, event] of events.entries()) {
        writer.event(event);
        const direction = (index % 3) as Direction;
        const values = { interfaceIndex: index % 2, direction };
        writer.frame(record(index * 1_000_000_007, values), index === 3 ? { comment: 'größer: r1 was killed' } : {});
      }
    });
    writeFileSync(path, capture);
    const rows = tshark(
      path,
      'frame.number',
      'frame.time_epoch',
      'frame.interface_name',
      'frame.interface_description',
      'frame.comment',
      'frame.packet_flags_direction',
    );
    expect(rows).toEqual(
      events.map((_, index) => {
        const { name, description = '' } = interfaces[index % 2]!;
        const direction = ['', '0x00000001', '0x00000002'][index % 3]!;
        return [
          String(index + 1),
          epoch(index * 1_000_000_007),
          name,
          description,
          index === 3 ? 'größer: r1 was killed' : '',
          direction,
        ];
      }),
    );
  });

  it('has nothing to complain about', () => {
    const path = join(folder, 'quiet.pcapng');
    writeFileSync(
      path,
      write((writer) => {
        writer.intent(intent);
        writer.frame(record(1));
        for (const event of events) writer.event(event);
      }),
    );
    const program = 'tshark -n -r "$1" >/dev/null; capinfos "$1"; tcpdump -n -r "$1" >/dev/null';
    const complaints = execFileSync('bash', ['-c', `(${program}) 2>&1`, 'bash', path]).toString();
    expect(complaints).toContain('Capture application: vrrpbench');
    expect(complaints).toContain('Name = r1.lan');
    expect(complaints).not.toMatch(/warn|error|cut short|corrupt|damaged/i);
  });

  it.each(recordedCaptures.filter((path) => path.includes('interop')))(
    'agrees with reader and writer on %s',
    (path) => {
      const pieces: Uint8Array[] = [];
      const read: unknown[] = [];
      let writer: CaptureWriter | undefined;
      const reader = createCaptureReader({
        origin: (first) => {
          writer = createCaptureWriter((piece) => pieces.push(piece), { origin: first });
          expect(first.unixNanoseconds % 1_000_000_000n).toBe(0n);
        },
        interface: (_, description) => writer?.addInterface(description),
        frame: (seen) => {
          writer?.frame(seen);
          read.push([String(seen.number), String(seen.timeNs), String(seen.originalLength)]);
        },
      });
      reader.push(readFileSync(path));
      writer?.end();
      const rewritten = join(folder, 'rewritten.pcapng');
      writeFileSync(rewritten, Buffer.concat(pieces));
      const original = tshark(path, 'frame.number', 'frame.time_epoch', 'frame.len', 'eth.src', 'ip.id', 'vrrp.prio');
      expect(
        tshark(rewritten, 'frame.number', 'frame.time_epoch', 'frame.len', 'eth.src', 'ip.id', 'vrrp.prio'),
      ).toEqual(original);
      const second = original[0]?.[1]?.split('.')[0] ?? '';
      const expected = original.map(([number, time = '', length]) => [number, String(since(second, time)), length]);
      expect(read).toEqual(expected);
    },
  );
});

/** Nanoseconds from a whole second to a time with nine digits, by their text alone. */
function since(second: string, time: string): bigint {
  return BigInt(time.replace('.', '')) - BigInt(`${second}000000000`);
}

function epoch(timeNs: number): string {
  const unixNanoseconds = origin.unixNanoseconds + BigInt(timeNs);
  return `${unixNanoseconds / 1_000_000_000n}.${String(unixNanoseconds % 1_000_000_000n).padStart(9, '0')}`;
}
