import { describe, expect, it } from 'vitest';
import { adjusted, alignClocks } from '../../src/capture/align.ts';
import type { Survey } from '../../src/capture/survey.ts';

/** A capture that saw these frames, by identity and time in milliseconds of its own clock. */
function saw(frames: readonly (readonly [identity: number, ms: number])[], originSeconds = 0n, unique = true): Survey {
  return {
    file: 'made up',
    origin: { unixNanoseconds: originSeconds * 1_000_000_000n },
    interfaces: [],
    sightings: frames.map(([identity, ms]) => ({
      identity,
      outerVlan: -1,
      innerVlan: -1,
      timeNs: ms * 1e6,
      interfaceIndex: 0,
      unique,
    })),
    groups: new Map(),
  };
}

describe('two captures of one LAN', () => {
  const base = saw([
    [1, 0],
    [2, 1000],
    [3, 2500],
    [4, 9000],
  ]);

  it('are brought to one clock by the frames that both saw, whatever a few of them say', () => {
    const other = saw([
      [1, 12_000],
      [2, 13_000],
      [3, 99_000],
      [4, 21_000],
    ]);
    expect(alignClocks(base, other)).toMatchObject({ offsetNs: -12_000e6, frames: 3, residualNs: 0, ambiguous: false });
  });

  it('count their times from origins of their own', () => {
    const other = saw(
      [
        [1, 0],
        [2, 1000],
        [3, 2500],
      ],
      60n,
    );
    expect(alignClocks(base, other)?.offsetNs).toBe(-60e9);
  });

  it('stay as they are where they have too little in common', () => {
    expect(
      alignClocks(
        base,
        saw([
          [1, 5],
          [2, 5],
          [77, 5],
        ]),
      ),
    ).toBeUndefined();
  });

  it('are told apart in speed where one clock runs faster', () => {
    const steady = Array.from({ length: 120 }, (_, index) => [index, index * 1000] as const);
    const fast = steady.map(([identity, ms]) => [identity, ms * 1.0001 + 5000] as const);
    const offset = alignClocks(saw(steady), saw(fast))!;
    expect(offset.driftPpb).toBeCloseTo(-100_000, -2);
    expect(offset.residualNs).toBeLessThan(20_000);
    expect(Math.abs(adjusted(fast[100]![1] * 1e6, offset) - 100_000e6)).toBeLessThan(50_000);
  });

  it('are aligned by repeated frames alone, by the offset that most agree about', () => {
    // The same octets each second, a little uneven as real senders are.
    const beat = Array.from({ length: 50 }, (_, index) => [7, index * 1000 + ((index * 7919) % 13) / 4] as const);
    const other = saw(
      beat.map(([identity, ms]) => [identity, ms + 250] as const),
      0n,
      false,
    );
    expect(alignClocks(saw(beat, 0n, false), other)?.offsetNs).toBe(-250e6);
  });

  it('are not moved where one goes on when the other ends: what repeats proves nothing then', () => {
    const beat = Array.from({ length: 50 }, (_, index) => [7, index * 1000] as const);
    const later = saw(beat, 60n, false);
    expect(alignClocks(saw(beat, 0n, false), later)).toBeUndefined();
  });
});
