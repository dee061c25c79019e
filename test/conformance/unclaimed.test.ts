import { describe, expect, it } from 'vitest';
import type { LanState } from '../../src/conformance/observer/state.ts';
import { claim, keepUnclaimed } from '../../src/conformance/observer/unclaimed.ts';
import { arpFrame } from '../../src/wire/build.ts';
import { active, findings, R1, watch } from './watch.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const reply = (targetMac: string) =>
  arpFrame({
    operation: 'reply',
    senderMac: VIRTUAL_MAC,
    senderAddress: '192.0.2.100',
    targetMac,
    targetAddress: '192.0.2.100',
  });

describe('an answer for an address that no advertisement has named yet', () => {
  it('is judged when one does, with the MAC addresses that it had', () => {
    const answered = (targetMac: string) => {
      const watcher = watch().tap(1, reply(targetMac));
      active(watcher, R1, 2, 5);
      return findings(watcher.observe(), 'down.no-garp-reply');
    };
    expect(answered(VIRTUAL_MAC)).toMatchObject([{ count: 1, first: 1e9 }]);
    expect(answered('02:00:00:00:00:03')).toEqual([]);
  });

  it('is not judged when that is long after', () => {
    const watcher = watch().tap(1, reply(VIRTUAL_MAC));
    active(watcher, R1, 32, 35);
    expect(findings(watcher.observe(), 'down.no-garp-reply')).toEqual([]);
  });

  it.each([
    ['of a link without them', -1, -1],
    ['of a cooked capture, which has the source’s alone', 6, -1],
  ])('has no MAC addresses of a frame %s', (_, ethernetSource, ethernetDestination) => {
    const lan = { unclaimed: [], neighbours: new Map() } as unknown as LanState;
    keepUnclaimed(lan, {
      kind: 'arp-reply',
      address: '192.0.2.100',
      isAnswer: true,
      announces: false,
      bytes: Uint8Array.from({ length: 20 }, (_, index) => index),
      boundMac: 12,
      ethernetSource,
      ethernetDestination,
      frame: { number: 1, timeNs: 0, interfaceIndex: 0 },
    });
    const [claimed] = claim(lan, '192.0.2.100', 1);
    expect(claimed).toMatchObject({ boundMac: 0, ethernetSource: -1, ethernetDestination: -1 });
    expect([...claimed!.bytes.subarray(0, 6)]).toEqual([12, 13, 14, 15, 16, 17]);
  });
});
