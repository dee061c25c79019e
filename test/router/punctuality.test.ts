import { describe, expect, it } from 'vitest';
import { monotonicNow } from '../../src/linux/clock.ts';
import { createDeadlineTimer } from '../../src/router/deadline-timer.ts';
import { createPunctuality, type Punctuality } from '../../src/router/punctuality.ts';

const MICROSECOND = 1000;
const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;

/** A machine on which reading the clock takes a microsecond, and which wakes so late as it is told. */
function machine(): { now(): number; sleepUntil(timeNs: number): void } {
  let nowNs = 0;
  return {
    now() {
      nowNs += MICROSECOND;
      return nowNs;
    },
    sleepUntil(timeNs) {
      nowNs = Math.max(nowNs, timeNs);
    },
  };
}

interface Lived {
  /** How long after each deadline it was met. */
  readonly errorsNs: number[];
  /** How long was waited actively, with when that ended. */
  readonly waits: { readonly atNs: number; readonly durationNs: number }[];
}

/** Lives through deadlines at this interval, woken late by what `latenessNs` says of each. */
function live(intervalNs: number, count: number, latenessNs: (index: number) => number): Lived {
  const { now, sleepUntil } = machine();
  const punctuality: Punctuality = createPunctuality(now);
  const lived: Lived = { errorsNs: [], waits: [] };
  for (let index = 1; index <= count; index += 1) {
    const deadlineNs = index * intervalNs;
    const armedForNs = deadlineNs - punctuality.leadNs();
    sleepUntil(armedForNs + latenessNs(index));
    const beganNs = now();
    if (!punctuality.await(armedForNs, deadlineNs)) {
      sleepUntil(deadlineNs + latenessNs(index));
      punctuality.await(deadlineNs, deadlineNs);
    }
    const endedNs = now();
    lived.errorsNs.push(endedNs - deadlineNs);
    lived.waits.push({ atNs: endedNs, durationNs: endedNs - beganNs });
  }
  return lived;
}

/** The most that was waited actively within any second. */
function mostInASecondNs({ waits }: Lived): number {
  return Math.max(
    ...waits.map(({ atNs }) =>
      waits
        .filter((other) => other.atNs > atNs - SECOND && other.atNs <= atNs)
        .reduce((sum, { durationNs }) => sum + durationNs, 0),
    ),
  );
}

/** Mostly a tenth of a millisecond, spread evenly over as much again. */
const halted = (index: number): number => 100 * MICROSECOND + ((index * 37) % 100) * MICROSECOND;

describe('a process that is woken a little before its deadlines', () => {
  it('meets them exactly, once it has learned how late the kernel wakes it', () => {
    const { errorsNs } = live(10 * MILLISECOND, 2000, halted);
    const settled = errorsNs.slice(1000).sort((one, other) => one - other);
    expect(settled[Math.floor(settled.length * 0.9)]).toBeLessThan(10 * MICROSECOND);
  });

  it.each([10 * MILLISECOND, 5 * MILLISECOND, MILLISECOND])('is never early, at %d ns', (intervalNs) => {
    const { errorsNs } = live(intervalNs, 3000, halted);
    expect(Math.min(...errorsNs)).toBeGreaterThanOrEqual(0);
  });

  it.each([
    [10 * MILLISECOND, 0.02],
    [5 * MILLISECOND, 0.02],
    [SECOND, 0.0005],
  ])('at %d ns waits actively for no more than %d of any second', (intervalNs, share) => {
    const late = (index: number): number => (index % 10 === 0 ? 10 * MILLISECOND : 0);
    expect(mostInASecondNs(live(intervalNs, 2000, late))).toBeLessThanOrEqual(share * SECOND);
  });

  it('is woken no later for its next deadlines where the host stood still while it waited for one', () => {
    const { now, sleepUntil } = machine();
    let standsStillUntilNs = 0;
    const punctuality = createPunctuality(() => {
      const nowNs = now();
      sleepUntil(standsStillUntilNs);
      return nowNs;
    });
    const leadsNs: number[] = [];
    for (let index = 1; index <= 300; index += 1) {
      const deadlineNs = index * 10 * MILLISECOND;
      const leadNs = punctuality.leadNs();
      leadsNs.push(leadNs);
      sleepUntil(deadlineNs - leadNs + halted(index) / 2);
      if (index === 200) standsStillUntilNs = deadlineNs + 9 * MILLISECOND;
      punctuality.await(deadlineNs - leadNs, deadlineNs);
    }
    expect(Math.min(...leadsNs)).toBeGreaterThanOrEqual(0);
  });

  it('is woken at the deadline itself where deadlines are dense, and waits for none', () => {
    const lived = live(MILLISECOND, 3000, halted);
    expect(Math.max(...lived.waits.map(({ durationNs }) => durationNs))).toBeLessThan(5 * MICROSECOND);
  });
});

it('a timer of a virtual router is never early on a real kernel, whatever it has learned', async () => {
  const errorsNs: number[] = [];
  await new Promise<void>((resolve, reject) => {
    let deadlineNs = monotonicNow() + 5 * MILLISECOND;
    const timer = createDeadlineTimer(() => {
      errorsNs.push(monotonicNow() - deadlineNs);
      if (errorsNs.length === 100) {
        timer.close();
        resolve();
        return;
      }
      deadlineNs += 5 * MILLISECOND;
      timer.follow(deadlineNs);
    }, reject);
    timer.follow(deadlineNs);
  });
  expect(Math.min(...errorsNs)).toBeGreaterThanOrEqual(0);
});
