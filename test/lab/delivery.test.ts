import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/capture/event.ts';
import { DIRECTION_IN } from '../../src/capture/frame.ts';
import type { BatchFrame } from '../../src/lab/channel/frame-batch.ts';
import { createDelivery } from '../../src/lab/delivery.ts';

function frame(timeNs: number): BatchFrame {
  return { timeNs, port: 0, direction: DIRECTION_IN, originalLength: 0, bytes: new Uint8Array(0), start: 0, end: 0 };
}

function note(timeNs: number): RunEvent {
  return { kind: 'note', timeNs, text: '' };
}

function deliver() {
  const seen: string[] = [];
  const delivery = createDelivery({
    origin() {},
    interface() {},
    frame: ({ timeNs, number }) => seen.push(`frame ${timeNs} number ${number}`),
    event: ({ timeNs }) => seen.push(`event ${timeNs}`),
  });
  return { delivery, seen };
}

describe('delivery to a listener', () => {
  it('holds back what something older could still precede', () => {
    const { delivery, seen } = deliver();
    delivery.frames([frame(10), frame(30)], 20);
    expect(seen).toEqual(['frame 10 number 1']);
    delivery.event(note(25));
    delivery.frames([frame(22)], 40);
    expect(seen).toEqual(['frame 10 number 1', 'frame 22 number 2', 'event 25', 'frame 30 number 3']);
  });

  it('an event comes before a frame of the same time', () => {
    const { delivery, seen } = deliver();
    delivery.event(note(5));
    delivery.frames([frame(5)], 5);
    expect(seen).toEqual(['event 5', 'frame 5 number 1']);
  });

  it('a flush delivers everything', () => {
    const { delivery, seen } = deliver();
    delivery.event(note(9));
    delivery.frames([frame(7)], 1);
    delivery.flush();
    expect(seen).toEqual(['frame 7 number 1', 'event 9']);
  });

  it('wakes at the delivery that fulfils the predicate, not at the end of its batch', async () => {
    const { delivery, seen } = deliver();
    const counts: number[] = [];
    const waiting = delivery.advance(1_000, () => {
      counts.push(seen.length);
      return seen.length === 2;
    });
    delivery.frames([frame(1), frame(2), frame(3)], 10);
    expect(await waiting).toBe('reached');
    expect(counts).toEqual([0, 1, 2]);
  });

  it('a deadline is reached when everything up to it has been delivered', async () => {
    const { delivery } = deliver();
    let how = 'waiting';
    const waiting = delivery.advance(100).then((outcome) => {
      how = outcome;
    });
    delivery.frames([], 99);
    await Promise.resolve();
    expect(how).toBe('waiting');
    delivery.frames([], 100);
    await waiting;
    expect(how).toBe('deadline');
    expect(await delivery.advance(50, () => true)).toBe('reached');
    expect(await delivery.advance(50, () => false)).toBe('deadline');
  });

  it('after a step of the clock backwards, deadlines are waited for again', async () => {
    const { delivery } = deliver();
    delivery.frames([], 1_000);
    delivery.event({ kind: 'clock-step', timeNs: 400, stepNs: -600 });
    let how = 'waiting';
    const waiting = delivery.advance(500).then((outcome) => {
      how = outcome;
    });
    await Promise.resolve();
    expect(how).toBe('waiting');
    delivery.frames([], 500);
    await waiting;
    expect(how).toBe('deadline');
  });

  it('what fails is told to who waits, and to who comes later', async () => {
    const { delivery } = deliver();
    const waiting = delivery.advance(100);
    delivery.fail(new Error('the server ended'));
    await expect(waiting).rejects.toThrow('the server ended');
    await expect(delivery.advance(1)).rejects.toThrow('the server ended');
  });

  it("a predicate's own error is its caller's, and a listener's is everyone's", async () => {
    const { delivery } = deliver();
    await expect(
      delivery.advance(100, () => {
        throw new Error('the predicate');
      }),
    ).rejects.toThrow('the predicate');
    const failing = createDelivery({
      origin() {},
      interface() {},
      event() {},
      frame() {
        throw new Error('the listener');
      },
    });
    const waiting = failing.advance(100);
    failing.frames([frame(1)], 2);
    await expect(waiting).rejects.toThrow('the listener');
  });
});
