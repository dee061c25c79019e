import { describe, expect, it } from 'vitest';
import type { FrameRecord } from '../../src/capture/frame.ts';
import type { Message } from '../../src/conformance/observer/message.ts';
import { createNewestHeard } from '../../src/conformance/observer/newest-heard.ts';
import type { LanState } from '../../src/conformance/observer/state.ts';
import { createFrameCursor } from '../../src/wire/frame.ts';

// It looks at who they are alone, not into them.
const lan = {} as LanState;
const intent = {};
const message = {} as Message;
const cursor = createFrameCursor();

function record(octets: readonly number[], start = 0): FrameRecord {
  const bytes = new Uint8Array([...Array(start).fill(0xee), ...octets, 0xee]);
  const end = start + octets.length;
  const place = { number: 1, timeNs: 0, interfaceIndex: 0, direction: 1 } as const;
  return { ...place, bytes, start, end, originalLength: octets.length };
}

function remembering(octets: readonly number[]) {
  const newest = createNewestHeard();
  newest.remember(record(octets), cursor, lan, intent, message);
  return newest;
}

describe('the advertisement that arrived last', () => {
  const octets = [1, 2, 3, 4];

  it('is known again at the next port, wherever its octets stand', () => {
    expect(remembering(octets).find(record(octets, 7), cursor, lan, intent)).toBe(message);
  });

  it.each([
    ['one octet is another', record([1, 2, 3, 5]), lan, intent],
    ['it is longer', record([1, 2, 3, 4, 0]), lan, intent],
    ['more of it was cut off', { ...record(octets), originalLength: 60 }, lan, intent],
    ['it is on another LAN', record(octets), {} as LanState, intent],
    ['somebody has said anew what is meant', record(octets), lan, {}],
  ])('is another where %s', (_, other, where, meant) => {
    expect(remembering(octets).find(other, cursor, where, meant)).toBeUndefined();
  });

  it('is forgotten with one that is too long to be kept', () => {
    const newest = remembering(octets);
    newest.remember(record(Array(300).fill(9)), cursor, lan, intent, message);
    expect(newest.find(record(octets), cursor, lan, intent)).toBeUndefined();
    expect(newest.find(record(Array(300).fill(9)), cursor, lan, intent)).toBeUndefined();
  });
});
