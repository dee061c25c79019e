import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import { openLab } from '../../src/lab/lab.ts';
import type { Stage } from '../../src/stage/stage.ts';
import type { HostDescription, NodeDescription } from '../../src/stage/topology.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../../src/wire/icmp.ts';
import { PROTOCOL_ICMPV6, PROTOCOL_UDP } from '../../src/wire/network.ts';
import { isTransportChecksumRight } from '../../src/wire/transport-checksum.ts';
import { host, lan, record, router, tester, until } from './recording.ts';

const cursor = createFrameCursor();
const icmp = createIcmpCursor();

function read(bytes: Uint8Array): typeof cursor {
  readFrame(cursor, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  return cursor;
}

function isEchoReplyV6(bytes: Uint8Array): boolean {
  const { protocol, transportOffset, transportEnd, wireEnd } = read(bytes);
  if (protocol !== PROTOCOL_ICMPV6) return false;
  readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol);
  return icmp.isEchoReply;
}

function host6(name: string, number: number): HostDescription {
  const [port] = host(name, number).ports;
  return {
    kind: 'host',
    name,
    gateways: [],
    ports: [{ ...port!, addresses: [`2001:db8::${number}/64`, `fe80::${number}/64`] }],
  };
}

describe.concurrent('what a lab builds', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({
      implementations: new Set(['script']),
      launchFor: () => ({
        files: [],
        prepare: [],
        // bash knows how to send a datagram without any other program.
        command: { program: 'bash', arguments: ['-c', 'echo some words >/dev/udp/192.0.2.2/9999; sleep 60'] },
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 1_000,
        readyTimeoutMs: 1_000,
        removeBeforeStart: [],
      }),
    });
  });
  afterAll(() => lab.close());

  for (const fabric of ['bridge', 'wire'] as const) {
    it(`on a ${fabric}, hosts find each other by IPv6 at once, also by link-local addresses`, async () => {
      const recording = record();
      const nodes = [host6('a', 1), host6('b', 2)];
      const set = await lab.build({ lans: lan(fabric), nodes }, recording, { seed: 1 });
      for (const [name, to] of [
        ['global', '2001:db8::2'],
        ['local', 'fe80::2'],
      ] as const) {
        const before = recording.at('a-lan', DIRECTION_IN, isEchoReplyV6).length;
        await set.perform({ kind: 'begin-probe', probe: { name, from: 'a', to, intervalNs: 5_000_000 } });
        await until(
          set,
          `${to} answers`,
          3,
          () => recording.at('a-lan', DIRECTION_IN, isEchoReplyV6).length >= before + 5,
        );
        await set.perform({ kind: 'end-probe', name });
      }
      const began = recording.events.filter((event) => event.kind === 'probe-began');
      expect(began.map(({ identifier }) => identifier)).toEqual([1, 2]);
      await set.close();
    });
  }

  it('transport checksums are finished on a wire: nobody would do it later', async () => {
    const recording = record();
    const nodes: NodeDescription[] = [router('r1', 1, 'script'), host('h2', 2)];
    const set = await lab.build({ lans: lan('wire'), nodes }, recording, { seed: 1 });
    const arrived = () => recording.at('h2-lan', DIRECTION_IN, (bytes) => read(bytes).protocol === PROTOCOL_UDP);
    await set.perform({ kind: 'start', router: 'r1' });
    await until(set, 'the datagram has arrived', 5, () => arrived().length > 0);
    const { bytes } = arrived()[0]!;
    expect(isTransportChecksumRight(read(bytes), bytes)).toBe(true);
    await set.close();
  });

  it('a VLAN tag crosses the wire where it was', async () => {
    const recording = record();
    const set = await lab.build({ lans: lan('wire'), nodes: [tester('a', 1), tester('b', 2)] }, recording, { seed: 1 });
    const bytes = new Uint8Array(64);
    bytes.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 1, 1, 0x81, 0x00, 0x20, 0x07, 0x88, 0xb5, 1, 2, 3]);
    const isTagged = (frame: Uint8Array): boolean => frame[12] === 0x81;
    await set.perform({ kind: 'send-frame', node: 'a', lan: 'lan', direction: DIRECTION_OUT, bytes });
    await until(set, 'the frame has arrived', 3, () => recording.at('b-lan', DIRECTION_IN, isTagged).length > 0);
    expect(recording.at('a-lan', DIRECTION_OUT, isTagged).map((seen) => seen.bytes)).toEqual([bytes]);
    expect(recording.at('b-lan', DIRECTION_IN, isTagged).map((seen) => seen.bytes)).toEqual([bytes]);
    await set.close();
  });

  it('a node on two LANs has a port on each, and frames of one LAN stay there', async () => {
    const recording = record();
    const [first] = tester('x', 1).ports;
    const both: NodeDescription = {
      kind: 'tester',
      name: 'both',
      ports: [first!, { ...first!, lan: 'other', interfaceName: 'eth1', macAddress: '02:00:00:00:02:01' }],
    };
    const lans = [...lan('bridge'), { name: 'other', fabric: 'wire' as const }];
    const nodes = [both, tester('b', 2), { ...tester('c', 3), ports: [{ ...tester('c', 3).ports[0]!, lan: 'other' }] }];
    const set = await lab.build({ lans, nodes }, recording, { seed: 1 });
    const bytes = new Uint8Array(60).fill(0xff, 0, 6);
    bytes.set([2, 0, 0, 0, 2, 1, 0x88, 0xb5], 6);
    const isOurs = (frame: Uint8Array): boolean => frame[12] === 0x88 && frame[13] === 0xb5;
    await set.perform({ kind: 'send-frame', node: 'both', lan: 'other', direction: DIRECTION_OUT, bytes });
    await until(set, 'c has it', 3, () => recording.at('c-other', DIRECTION_IN, isOurs).length > 0);
    expect(recording.at('b-lan', DIRECTION_IN, isOurs)).toEqual([]);
    expect(recording.interfaces.map(({ name, port }) => [name, port?.lan])).toEqual([
      ['both-lan', 'lan'],
      ['both-other', 'other'],
      ['b-lan', 'lan'],
      ['c-other', 'other'],
    ]);
    await set.close();
  });

  it('what cannot be built is refused with its reason, and the lab goes on', async () => {
    const [port] = host('h1', 1).ports;
    const refused: [NodeDescription[], RegExp][] = [
      [[host('h1', 1), host('h1', 2)], /two nodes are named 'h1'/],
      [[{ ...host('h1', 1), ports: [{ ...port!, lan: 'elsewhere' }] }], /LAN 'elsewhere', which is not described/],
      [
        [{ ...host('h1', 1), ports: [{ ...port!, addresses: ['192.0.2.1'] }] }],
        /'192.0.2.1' is no address with a prefix/,
      ],
      [[{ ...host('h1', 1), ports: [{ ...port!, macAddress: '02:00' }] }], /'02:00'/],
      [[{ ...host('h1', 1), ports: [{ ...port!, interfaceName: 'a-name-of-sixteen' }] }], /a-name-of-sixteen/],
    ];
    for (const [nodes, reason] of refused) {
      await expect(lab.build({ lans: lan('bridge'), nodes }, record(), { seed: 1 })).rejects.toThrow(reason);
    }
    const set = await lab.build({ lans: lan('bridge'), nodes: [host('h1', 1)] }, record(), { seed: 1 });
    await set.close();
    await expect(set.perform({ kind: 'note', text: 'late' })).rejects.toThrow('closed');
    await expect(set.advance(set.now() + 1)).rejects.toThrow('closed');
  });
});
