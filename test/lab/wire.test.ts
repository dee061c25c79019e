import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import type { FrameEffect, StageAction, WireFault } from '../../src/stage/action.ts';
import type { Stage, StageSet } from '../../src/stage/stage.ts';
import { lan, openTestLab, type Recording, record, tester, until } from './recording.ts';

const MILLISECOND = 1_000_000;
const A = '02:00:00:00:01:01';
const B = '02:00:00:00:01:02';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** A frame of an experimental EtherType (IEEE 802, 0x88b5) that carries a number. */
function numbered(number: number, source = A, destination = B): Uint8Array {
  const octets = (mac: string): number[] => mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const bytes = new Uint8Array(60);
  bytes.set([...octets(destination), ...octets(source), 0x88, 0xb5]);
  new DataView(bytes.buffer).setUint32(14, number);
  return bytes;
}

function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(14);
}

function isNumbered(bytes: Uint8Array): boolean {
  return bytes[12] === 0x88 && bytes[13] === 0xb5;
}

describe.concurrent('the wire between three ports', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  async function build(seed = 1): Promise<{ set: StageSet; recording: Recording }> {
    const recording = record();
    const nodes = [tester('a', 1), tester('b', 2), tester('c', 3)];
    return { set: await lab.build({ lans: lan('wire'), nodes }, recording, { seed }), recording };
  }

  function sending(bytes: Uint8Array, node = 'a'): StageAction {
    return { kind: 'send-frame', node, lan: 'lan', direction: DIRECTION_OUT, bytes };
  }

  function fault(effect: FrameEffect, more: Partial<WireFault> = {}): StageAction {
    const whole: WireFault = {
      name: 'fault',
      lan: 'lan',
      node: 'b',
      direction: 'in',
      matcher: { sourceMac: A },
      effect,
      ...more,
    };
    return { kind: 'begin-fault', fault: whole };
  }

  /** Sends frames 1 to `count` from a and gives what reached b, in its order. */
  async function cross(set: StageSet, recording: Recording, count: number): Promise<number[]> {
    for (let number = 1; number <= count; number += 1) await set.perform(sending(numbered(number)));
    // A frame that no fault meets says that everything before it has been carried.
    await set.perform(sending(numbered(0, '02:00:00:00:01:77', BROADCAST)));
    const last = () => recording.at('c-lan', DIRECTION_IN, (bytes) => isNumbered(bytes) && numberOf(bytes) === 0);
    await until(set, 'the last frame has crossed', 2, () => last().length > 0);
    await set.advance(set.now() + 60 * MILLISECOND);
    return arrived(recording).filter((number) => number !== 0);
  }

  function arrived(recording: Recording): number[] {
    return recording.at('b-lan', DIRECTION_IN, isNumbered).map(({ bytes }) => numberOf(bytes));
  }

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, position) => position + 1);

  it('carries every frame, floods what it has not learned, and nothing else', async () => {
    const { set, recording } = await build();
    expect(await cross(set, recording, 20)).toEqual(upTo(20));
    // b has sent nothing, so that c saw frames for it.
    expect(recording.at('c-lan', DIRECTION_IN, isNumbered).length).toBe(21);
    await set.perform(sending(numbered(100, B, A), 'b'));
    await set.perform(sending(numbered(101)));
    await until(set, 'frame 101 reached b', 2, () => arrived(recording).includes(101));
    const atC = recording.at('c-lan', DIRECTION_IN, isNumbered).map(({ bytes }) => numberOf(bytes));
    expect(atC).not.toContain(100);
    expect(atC).not.toContain(101);
    expect((await set.close()).droppedFrames).toBe(0);
  });

  it('drops by position, and no more when the fault is over', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'drop' }, { positions: [2, 4] }));
    expect(await cross(set, recording, 5)).toEqual([1, 3, 5]);
    await set.perform({ kind: 'end-fault', name: 'fault' });
    await set.perform(sending(numbered(9)));
    await until(set, 'frame 9 reached b', 2, () => arrived(recording).includes(9));
    expect(recording.events.map(({ kind }) => kind).filter((kind) => kind.startsWith('fault'))).toEqual([
      'fault-began',
      'fault-ended',
    ]);
    await set.close();
  });

  it('drops at random by the seed: the same frames again, others by another', async () => {
    const outcomes: number[][] = [];
    for (const seed of [7, 7, 8]) {
      const { set, recording } = await build(seed);
      await set.perform(fault({ kind: 'drop' }, { probability: 0.4 }));
      outcomes.push(await cross(set, recording, 60));
      await set.close();
    }
    const [first, second, third] = outcomes;
    expect(first!.length).toBeGreaterThan(20);
    expect(first!.length).toBeLessThan(52);
    expect(second).toEqual(first);
    expect(third).not.toEqual(first);
  });

  it('loses one direction alone', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'drop' }, { matcher: {}, direction: 'out' }));
    await set.perform(sending(numbered(1, B, A), 'b'));
    expect(await cross(set, recording, 2)).toEqual([1, 2]);
    expect(recording.at('b-lan', DIRECTION_OUT, isNumbered)).toHaveLength(1);
    expect(recording.at('a-lan', DIRECTION_IN, (bytes) => isNumbered(bytes) && bytes[11] === 2)).toEqual([]);
    await set.close();
  });

  it('delays by what is asked, and keeps the order', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'delay', delayNs: 20 * MILLISECOND }));
    expect(await cross(set, recording, 5)).toEqual(upTo(5));
    const sent = recording.at('a-lan', DIRECTION_OUT, isNumbered);
    recording
      .at('b-lan', DIRECTION_IN, (bytes) => isNumbered(bytes) && numberOf(bytes) > 0)
      .forEach(({ timeNs }, position) => {
        const delay = timeNs - sent[position]!.timeNs;
        expect(delay).toBeGreaterThanOrEqual(20 * MILLISECOND);
        // Any host stalls now and then: an upper bound of a single frame would be the host's, not the wire's.
        expect(delay).toBeLessThan(60 * MILLISECOND);
      });
    await set.close();
  });

  it('spreads delays by the jitter', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'delay', delayNs: 20 * MILLISECOND, jitterNs: 15 * MILLISECOND }));
    // All at once: what is sent an answer later than another leaves later by more than the jitter on a busy machine.
    await Promise.all(upTo(30).map((number) => set.perform(sending(numbered(number)))));
    await until(set, 'every frame has crossed', 5, () => arrived(recording).length === 30);
    const order = arrived(recording);
    expect([...order].sort((left, right) => left - right)).toEqual(upTo(30));
    expect(order).not.toEqual(upTo(30));
    await set.close();
  });

  it('duplicates', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'duplicate', copies: 2 }, { positions: [2] }));
    expect(await cross(set, recording, 3)).toEqual([1, 2, 2, 2, 3]);
    await set.close();
  });

  it('reorders: a frame is passed by as many as asked', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'reorder', passedBy: 2, holdNs: 5_000 * MILLISECOND }, { positions: [1] }));
    expect(await cross(set, recording, 4)).toEqual([2, 3, 1, 4]);
    await set.close();
  });

  it('reorders: a frame that nothing passes is held no longer than asked', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'reorder', passedBy: 9, holdNs: 15 * MILLISECOND }, { matcher: { sourceMac: A } }));
    await set.perform(sending(numbered(1)));
    await until(set, 'frame 1 reached b', 2, () => arrived(recording).includes(1));
    const [sent] = recording.at('a-lan', DIRECTION_OUT, isNumbered);
    const [seen] = recording.at('b-lan', DIRECTION_IN, isNumbered);
    expect(seen!.timeNs - sent!.timeNs).toBeGreaterThanOrEqual(15 * MILLISECOND);
    await set.close();
  });

  it('corrupts: one bit, at the octet that is asked', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'corrupt', offset: 30 }));
    await set.perform(sending(numbered(1)));
    const seen = () => recording.at('b-lan', DIRECTION_IN, isNumbered);
    const copies = () => recording.at('c-lan', DIRECTION_IN, isNumbered);
    await until(set, 'frame 1 reached b and c', 2, () => seen().length > 0 && copies().length > 0);
    const wanted = numbered(1);
    const changed = seen()[0]!.bytes;
    const differing = [...changed.keys()].filter((offset) => changed[offset] !== wanted[offset]);
    expect(differing).toEqual([30]);
    const bits = changed[30]! ^ wanted[30]!;
    expect(bits & (bits - 1)).toBe(0);
    // Nobody else's copy of the frame was touched.
    expect(copies()[0]!.bytes).toEqual(wanted);
    await set.close();
  });

  it('several faults at one port act in the order in which they began', async () => {
    const { set, recording } = await build();
    await set.perform(fault({ kind: 'duplicate', copies: 1 }, { name: 'twice' }));
    await set.perform(fault({ kind: 'drop' }, { name: 'lose', positions: [2, 3] }));
    expect(await cross(set, recording, 3)).toEqual([1, 2, 3, 3]);
    await set.close();
  });

  it('refuses what cannot be, and says so', async () => {
    const { set } = await build();
    await expect(set.perform(fault({ kind: 'drop' }, { node: 'nobody' }))).rejects.toThrow("no node 'nobody'");
    await expect(set.perform({ kind: 'end-fault', name: 'other' })).rejects.toThrow("no fault named 'other'");
    await set.perform(fault({ kind: 'drop' }));
    await expect(set.perform(fault({ kind: 'drop' }))).rejects.toThrow('under way already');
    await set.close();
  });

  it('a bridge refuses faults, with the cure', async () => {
    const set = await lab.build({ lans: lan('bridge'), nodes: [tester('a', 1), tester('b', 2)] }, record(), {
      seed: 1,
    });
    await expect(set.perform(fault({ kind: 'drop' }))).rejects.toMatchObject({
      name: 'StageError',
      cure: expect.stringContaining("'wire'"),
    });
    await set.close();
  });

  it('a frame can be sent into a node alone', async () => {
    const { set, recording } = await build();
    await set.perform({ ...sending(numbered(5)), direction: DIRECTION_IN } as StageAction);
    const seen = () => recording.at('a-lan', DIRECTION_IN, isNumbered);
    await until(set, 'the frame reached a', 2, () => seen().length > 0);
    expect(recording.at('b-lan', DIRECTION_IN, isNumbered)).toEqual([]);
    await set.close();
  });
});
