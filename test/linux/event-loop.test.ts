import { beforeAll, describe, expect, test } from 'vitest';
import { clockPair, createSessionClock, monotonicNow, realtimeNow } from '../../src/linux/clock.ts';
import { createTimer } from '../../src/linux/timer.ts';
import { watchCount } from '../../src/linux/watch.ts';
import { collectGarbage, openDescriptors, until } from './sandbox.ts';

const MILLISECOND = 1_000_000;

describe('clocks', () => {
  test('the monotonic clock is that of Node, the wall clock that of Date', () => {
    const before = process.hrtime.bigint();
    const now = monotonicNow();
    expect(now).toBeGreaterThanOrEqual(Number(before));
    expect(now).toBeLessThanOrEqual(Number(process.hrtime.bigint()));
    expect(Math.abs(Number(realtimeNow() / 1_000_000n) - Date.now())).toBeLessThan(1000);
  });

  test('both clocks are read as one', () => {
    const first = clockPair();
    const second = clockPair();
    const monotonic = second.monotonicNs - first.monotonicNs;
    const realtime = Number(second.realtimeNs - first.realtimeNs);
    expect(Math.abs(monotonic - realtime)).toBeLessThan(first.uncertaintyNs + second.uncertaintyNs + 10_000);
  });

  test("a session's time counts from its origin, exactly", () => {
    const clock = createSessionClock({ unixNanoseconds: 1_700_000_000_999_999_999n });
    expect(clock.at(1_700_000_001, 0)).toBe(1);
    expect(clock.at(1_700_000_000, 999_999_998)).toBe(-1);
    expect(clock.at(1_700_086_400, 123_456_789)).toBe(86_399_123_456_790);
    const before = Number(realtimeNow() - clock.origin.unixNanoseconds);
    expect(clock.now()).toBeGreaterThanOrEqual(before);
  });
});

describe('timers', () => {
  let before = 0;
  beforeAll(() => {
    before = openDescriptors();
  });

  test('one fires once, at its time and never before', async () => {
    const due = monotonicNow() + 3 * MILLISECOND;
    const fired: number[] = [];
    const timer = createTimer(() => fired.push(monotonicNow()));
    timer.arm(due);
    await until('the timer fires', () => fired.length > 0);
    expect(fired[0]!).toBeGreaterThanOrEqual(due);
    // A second one, armed later, fires; the first does not fire again.
    await new Promise<void>((resolve) => {
      const second = createTimer(() => {
        second.close();
        resolve();
      });
      second.arm(monotonicNow() + 5 * MILLISECOND);
    });
    expect(fired).toHaveLength(1);
    timer.close();
    timer.close();
  });

  test('a time that has passed fires at once; arming anew replaces, disarming ends', async () => {
    const order: string[] = [];
    const past = createTimer(() => order.push('past'));
    const replaced = createTimer(() => order.push('replaced'));
    const disarmed = createTimer(() => order.push('disarmed'));
    const start = monotonicNow();
    past.arm(start - 1000 * MILLISECOND);
    replaced.arm(start + 1 * MILLISECOND);
    replaced.arm(start + 8 * MILLISECOND);
    disarmed.arm(start + 2 * MILLISECOND);
    disarmed.disarm();
    await until('the later one fires', () => order.includes('replaced'));
    expect(monotonicNow()).toBeGreaterThanOrEqual(start + 8 * MILLISECOND);
    expect(order).toEqual(['past', 'replaced']);
    for (const timer of [past, replaced, disarmed]) timer.close();
  });

  test('one that was armed anew within an expiry already due does not fire for the old time', async () => {
    const fired: number[] = [];
    const timer = createTimer(() => fired.push(monotonicNow()));
    timer.arm(monotonicNow() + MILLISECOND);
    // The event loop does not turn until the expiry is due.
    const stop = monotonicNow() + 3 * MILLISECOND;
    while (monotonicNow() < stop);
    const due = monotonicNow() + 4 * MILLISECOND;
    timer.arm(due);
    await until('the timer fires', () => fired.length > 0);
    expect(fired[0]!).toBeGreaterThanOrEqual(due);
    timer.close();
  });

  test('a promise that an expiry resolves goes on in the same turn of the loop', async () => {
    const continued = await new Promise<string>((resolve) => {
      const timer = createTimer(() => {
        const inner = Promise.resolve('promise');
        void inner.then(resolve);
        timer.close();
      });
      timer.arm(monotonicNow() + MILLISECOND);
      setTimeout(() => resolve('another callback'), 1000);
    });
    expect(continued).toBe('promise');
  });

  test('what a callback throws goes to its own error handler, and the timer lives on', async () => {
    const errors: string[] = [];
    let expiries = 0;
    const timer = createTimer(
      () => {
        expiries += 1;
        if (expiries === 1) throw new Error('in the callback');
      },
      (error) => errors.push(error.message),
    );
    timer.arm(1);
    await until('the error is told', () => errors.length > 0);
    timer.arm(1);
    await until('it fires again', () => expiries === 2);
    expect(errors).toEqual(['in the callback']);
    timer.close();
  });

  test('a timer that nobody holds but the event loop survives the garbage collector', async () => {
    const fired: number[] = [];
    const timers = new Set<number>();
    (() => {
      for (let i = 0; i < 20; i += 1) {
        timers.add(i);
        const timer = createTimer(() => {
          fired.push(i);
          timer.close();
        });
        timer.arm(monotonicNow() + 20 * MILLISECOND);
      }
    })();
    for (let round = 0; round < 5; round += 1) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('every timer fires', () => fired.length === timers.size);
  });

  test('closed timers leave no descriptor and no watch', () => {
    expect(watchCount()).toBe(0);
    expect(openDescriptors()).toBe(before);
  });
});
