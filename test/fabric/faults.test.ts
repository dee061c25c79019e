import { describe, expect, it } from 'vitest';
import { beginFault } from '../../src/fabric/fault.ts';
import type { FrameEffect } from '../../src/stage/action.ts';

const FRAME = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x06, 13, 14]);

/** Leads frames through a fault; what is to happen later waits until `pass` is told so. */
function begin(effect: FrameEffect) {
  const waiting: (() => void)[] = [];
  const fault = { name: 'f', lan: 'lan', node: 'r1', direction: 'out', matcher: {}, effect } as const;
  const { out } = beginFault(fault, 1, { later: (_delayNs, work) => waiting.push(work) > 0 });
  const sent: Uint8Array[] = [];
  return {
    sent,
    apply: () => out!.apply(FRAME, 0, FRAME.length, (bytes, start, end) => sent.push(bytes.slice(start, end))),
    letTimePass: () => waiting.splice(0).forEach((work) => void work()),
  };
}

describe('a tag', () => {
  it('stands between the MAC addresses and what the frame carries', () => {
    const { sent, apply } = begin({ kind: 'tag', vlan: 0x133 });
    apply();
    expect([...sent[0]!]).toEqual([...FRAME.subarray(0, 12), 0x81, 0x00, 0x01, 0x33, ...FRAME.subarray(12)]);
  });
});

describe('a policer', () => {
  it('lets so many pass in a second, and as many in the next one', () => {
    const { sent, apply, letTimePass } = begin({ kind: 'police', framesPerSecond: 2 });
    for (let count = 0; count < 5; count += 1) apply();
    expect(sent).toHaveLength(2);
    letTimePass();
    for (let count = 0; count < 5; count += 1) apply();
    expect(sent).toHaveLength(4);
  });
});
