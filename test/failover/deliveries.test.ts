import { describe, expect, it } from 'vitest';
import { createFrameRecord, DIRECTION_IN, DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import { createDeliveries, longestStall } from '../../src/failover/deliveries.ts';
import { ipFrame } from '../../src/wire/envelope.ts';
import { PROTOCOL_TCP } from '../../src/wire/network.ts';
import { TCP_ACK, TCP_RST, TCP_SYN, writeTcp } from '../../src/wire/tcp.ts';

const MILLISECOND = 1_000_000;
const CONNECTION = { name: 'c', from: 'client', to: 'server', address: '192.0.2.2', intervalNs: MILLISECOND };
/** Eight octets before sequence numbers come round. */
const FIRST = 0xffffffff - 8;

function collector() {
  const deliveries = createDeliveries(CONNECTION);
  for (const [index, node] of ['client', 'server'].entries()) {
    const port = { node, kind: 'host', lan: 'lan' } as const;
    const common = { linkType: LINK_TYPE_ETHERNET, resolutionNanoseconds: 1, snapLength: 0 };
    deliveries.interface(index, { name: node, ...common, port });
  }
  const record = createFrameRecord();
  function segment(atMs: number, flags: number, offset: number, length: number, place: 'client' | 'server' = 'server') {
    const payload = new Uint8Array(length);
    const sequence = (FIRST + offset) >>> 0;
    const tcp = writeTcp({ sourcePort: 40_000, destinationPort: 9, sequence, flags, payload });
    record.bytes = ipFrame({
      sourceMac: '02:00:00:00:00:01',
      destinationMac: '02:00:00:00:00:02',
      source: new Uint8Array([192, 0, 2, 1]),
      destination: new Uint8Array([192, 0, 2, 2]),
      protocol: PROTOCOL_TCP,
      payload: tcp,
    });
    record.start = 0;
    record.end = record.bytes.length;
    record.originalLength = record.bytes.length;
    record.timeNs = atMs * MILLISECOND;
    record.interfaceIndex = place === 'client' ? 0 : 1;
    record.direction = place === 'client' ? DIRECTION_OUT : DIRECTION_IN;
    deliveries.frame(record);
  }
  segment(0, TCP_SYN, -1, 0, 'client');
  return { deliveries, data: (atMs: number, offset: number) => segment(atMs, TCP_ACK, offset, 8), segment };
}

describe('what of a connection could be read, and when', () => {
  it('counts octets in order, past the end of sequence numbers', () => {
    const { deliveries, data } = collector();
    for (const step of [0, 1, 2, 3]) data(step + 1, step * 8);
    expect(deliveries.octets).toBe(32);
    expect(deliveries.timesNs).toEqual([1, 2, 3, 4].map((ms) => ms * MILLISECOND));
  });

  it('has what came too early read when the gap is closed, and what came twice is nothing new', () => {
    const { deliveries, data } = collector();
    data(1, 0);
    data(2, 16);
    data(3, 24);
    data(9, 8);
    data(10, 8);
    expect(deliveries.octets).toBe(32);
    expect(deliveries.timesNs).toEqual([1 * MILLISECOND, 9 * MILLISECOND]);
    expect(deliveries.repeated).toBe(1);
  });

  it('stood still for the longest time without, less the interval of writes', () => {
    const { deliveries, data } = collector();
    for (const [step, ms] of [1, 2, 3, 603, 604].entries()) data(ms, step * 8);
    expect(longestStall(deliveries, MILLISECOND, 3 * MILLISECOND, 620 * MILLISECOND)).toEqual({
      stallNs: 599 * MILLISECOND,
      fromNs: 3 * MILLISECOND,
    });
    expect(longestStall(deliveries, MILLISECOND, 604 * MILLISECOND, 620 * MILLISECOND)!.stallNs).toBe(0);
  });

  it('did not go on where nothing came to the end, or an end gave it up', () => {
    const { deliveries, data, segment } = collector();
    for (const [step, ms] of [1, 2, 3].entries()) data(ms, step * 8);
    expect(longestStall(deliveries, MILLISECOND, 0, 500 * MILLISECOND)!.stallNs).toBe(Number.POSITIVE_INFINITY);
    segment(4, TCP_RST, 24, 0, 'client');
    expect(longestStall(deliveries, MILLISECOND, 0, 5 * MILLISECOND)!.stallNs).toBe(Number.POSITIVE_INFINITY);
  });

  it('is nothing where nothing was ever delivered', () => {
    expect(longestStall(collector().deliveries, MILLISECOND, 0, MILLISECOND)).toBeUndefined();
  });
});
