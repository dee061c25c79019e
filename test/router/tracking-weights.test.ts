import { describe, expect, it } from 'vitest';
import type { Tracked, Tracking } from '../../src/config/configuration.ts';
import { judge, type TrackedStates } from '../../src/router/tracking.ts';

const place = { file: 'k.conf', line: 1, column: 1 };
const nothing: Tracking = { interfaces: [], scripts: [], files: [], processes: [] };
const one = (weight: number, reverse = false): readonly Tracked[] => [{ ...place, name: 'x', weight, reverse }];

function states(up: boolean | undefined, value = 0): TrackedStates {
  const known = up === undefined ? new Map<string, boolean>() : new Map([['x', up]]);
  return { interfaces: known, scripts: known, processes: known, files: new Map([['x', value]]) };
}

describe('the effective priority', () => {
  it.each([
    [20, false, true, 120],
    [20, false, false, 100],
    [-20, false, true, 100],
    [-20, false, false, 80],
    [20, true, true, 80],
    [-20, true, false, 120],
    [253, false, true, 254],
    [-253, false, false, 1],
  ])('of 100 with weight %i, reverse %s, well %s is %i', (weight, reverse, up, priority) => {
    for (const kind of ['interfaces', 'scripts', 'processes'] as const) {
      expect(judge({ ...nothing, [kind]: one(weight, reverse) }, 100, states(up))).toEqual({
        priority,
        faults: [],
        undecided: false,
      });
    }
  });

  it('adds the number in a file times the weight; less than -253 is a fault', () => {
    const files = (weight: number, value: number) =>
      judge({ ...nothing, files: one(weight) }, 100, states(true, value));
    expect(files(1, 30).priority).toBe(130);
    expect(files(-2, 30).priority).toBe(40);
    expect(files(1, 300)).toMatchObject({ priority: 254, faults: [] });
    expect(files(1, -253)).toMatchObject({ priority: 1, faults: [] });
    expect(files(1, -254).faults).toEqual(['track_file x says -254']);
    expect(files(0, 1).faults).toEqual(['track_file x says 1']);
    expect(files(0, 0).faults).toEqual([]);
  });

  it('is 255 for the owner, whatever it tracks', () => {
    expect(judge({ ...nothing, scripts: one(-50) }, 255, states(false)).priority).toBe(255);
  });

  it('without a weight a failure is a fault, and nothing is decided before the first result', () => {
    expect(judge({ ...nothing, scripts: one(0) }, 100, states(false)).faults).toEqual(['track_script x fails']);
    expect(judge({ ...nothing, interfaces: one(0, true) }, 100, states(true)).faults).toEqual([
      'track_interface x is well',
    ]);
    expect(judge({ ...nothing, scripts: one(0) }, 100, states(undefined))).toMatchObject({
      faults: [],
      undecided: true,
    });
  });
});
