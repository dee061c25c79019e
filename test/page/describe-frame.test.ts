import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCaptureFile } from '../../src/capture/file.ts';
import { describeFrame } from '../../src/page/describe-frame.ts';
import { hashOf, placeOf } from '../../src/page/place.ts';
import { requirePeer } from '../peers.ts';

const folder = fileURLToPath(new URL('../../captures/recorded/', import.meta.url));
const captures = readdirSync(folder).filter((name) => name.endsWith('.pcap'));

async function descriptionsOf(path: string) {
  const linkTypes: number[] = [];
  const told: ReturnType<typeof describeFrame>[] = [];
  await readCaptureFile(path, {
    origin: () => {},
    interface: (index, { linkType }) => {
      linkTypes[index] = linkType;
    },
    frame: ({ bytes, start, end, interfaceIndex, originalLength }) => {
      told.push(describeFrame(bytes.slice(start, end), linkTypes[interfaceIndex]!, originalLength));
    },
  });
  return told;
}

function field(description: ReturnType<typeof describeFrame>, layer: string, name: string): string | undefined {
  const found = description.layers.find((one) => one.name === layer);
  return found?.fields.find(([one]) => one === name)?.[1];
}

describe('a frame in words', () => {
  it.runIf(requirePeer('tshark')).each(captures)('of %s says what tshark says', async (name) => {
    const told = await descriptionsOf(`${folder}${name}`);
    const wanted = ['frame.number', 'eth.src', 'eth.dst', 'ip.ttl', 'vrrp.virt_rtr_id', 'vrrp.prio', 'arp.opcode'];
    const words = ['-r', `${folder}${name}`, '-T', 'fields', ...wanted.flatMap((one) => ['-e', one])];
    const lines = execFileSync('tshark', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const rows = lines.split('\n').filter((line) => line !== '');
    expect(rows).toHaveLength(told.length);
    for (const row of rows) {
      const [number, source, destination, ttl, id, priority, operation] = row.split('\t');
      const description = told[Number(number) - 1]!;
      const seen = {
        source: field(description, 'Ethernet', 'from')?.split(' ')[0],
        destination: field(description, 'Ethernet', 'to')?.split(' ')[0],
        ttl: field(description, 'IPv4', 'TTL') ?? '',
        id: field(description, 'VRRP', 'VRID') ?? '',
        priority: field(description, 'VRRP', 'priority') ?? '',
        operation: field(description, 'ARP', 'operation')?.split(' ')[0] ?? '',
      };
      expect({ number, ...seen }).toEqual({ number, source, destination, ttl, id, priority, operation });
    }
  });

  it('tells an announcement from a question and from an answer', async () => {
    const told = await descriptionsOf(`${folder}keepalived-2.2.7_v3_ipv4_vmac.pcap`);
    const first = (kind: string) => told.find((one) => one.kind === kind)?.summary;
    expect(first('announcement')).toBe('gratuitous ARP: 192.0.2.101 is at 00:00:5e:00:01:33');
    expect(first('question')).toMatch(/^ARP: who has 192\.0\.2\.\d+\? ask 192\.0\.2\.\d+$/);
    expect(first('answer')).toMatch(/^ARP: 192\.0\.2\.\d+ is at /);
    expect(first('release')).toBe('VRID 51: priority 0, it gives up');
  });

  it('never throws, whatever the octets and their link type are', () => {
    const linkType = fc.constantFrom(0, 1, 101, 108, 113, 228, 229, 276, 9999);
    const heads = ['0180c2000000020000000101', '01005e00001200005e0001330800', '33330000001200005e00023386dd'];
    const octets = fc
      .tuple(fc.constantFrom('', ...heads), fc.uint8Array({ maxLength: 120 }))
      .map(([head, rest]) => Uint8Array.from([...Buffer.from(head, 'hex'), ...rest]));
    fc.assert(
      fc.property(octets, linkType, fc.nat(3000), (bytes, type, more) => {
        const { summary, layers } = describeFrame(bytes, type, bytes.length + more);
        expect(summary).not.toBe('');
        expect(JSON.stringify([summary, layers])).not.toContain('undefined');
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a place in the page', () => {
  it('is named by an address, and found by it again', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, fc.option(fc.nat(), { nil: undefined }), (scenario, frame) => {
        const place = { scenario, ...(frame === undefined ? {} : { frame }) };
        expect(placeOf(hashOf(place))).toEqual(place);
      }),
    );
  });

  it('is none where the address says nothing, or what it says is broken', () => {
    expect(placeOf('')).toBeUndefined();
    expect(placeOf('#%E0%A4%A')).toBeUndefined();
  });
});
