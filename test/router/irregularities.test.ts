import { describe, expect, it } from 'vitest';
import { createFlapWatch, createVersionWatch, type FlapWatch } from '../../src/router/irregularities.ts';

const SECOND = 1e9;

describe('flapping (RFC 9568 §2.5)', () => {
  const again = (watch: FlapWatch, seconds: number) => {
    watch.gaveWay();
    return watch.becameActive(seconds * SECOND);
  };

  it('is to give way and become Active again three times within a minute', () => {
    const watch = createFlapWatch();
    expect([0, 10, 20, 21].map((seconds) => again(watch, seconds))).toEqual([undefined, undefined, 3, 4]);
    expect(again(watch, 81.5)).toBeUndefined();
  });

  it('is not the return of a link, after which nobody else was Active', () => {
    const watch = createFlapWatch();
    for (let seconds = 0; seconds < 10; seconds++) expect(watch.becameActive(seconds * SECOND)).toBeUndefined();
  });

  it('is not a failover now and then', () => {
    const watch = createFlapWatch();
    for (let seconds = 0; seconds < 600; seconds += 31) expect(again(watch, seconds)).toBeUndefined();
  });
});

describe('an Active router that speaks version 3 alone (RFC 9568 §8.4.2)', () => {
  const from = (last: number, version: 2 | 3) => ({ version, sourceAddress: Uint8Array.of(192, 0, 2, last) });

  it('is one that sends version 3 again and again, and version 2 never', () => {
    const watch = createVersionWatch();
    const told = Array.from({ length: 6 }, () => watch.speaksVersion3Alone(from(1, 3)));
    expect(told).toEqual([false, false, false, true, true, true]);
    expect(watch.speaksVersion3Alone(from(2, 3))).toBe(false);
  });

  it('is not one that sends both, or whose version 2 is lost now and then', () => {
    const watch = createVersionWatch();
    for (let round = 0; round < 20; round++) {
      expect(watch.speaksVersion3Alone(from(1, 3))).toBe(false);
      if (round % 3 !== 0) expect(watch.speaksVersion3Alone(from(1, 2))).toBe(false);
    }
  });
});
