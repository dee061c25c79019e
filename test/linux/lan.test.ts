import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleProgram, removePrograms, runInside, USERS } from './run-inside.ts';

const ROUTERS = 100;

describe.each(USERS)('as %s', (user) => {
  let lan = '';
  let reaper = '';
  beforeAll(() => {
    lan = bundleProgram('lan');
    reaper = bundleProgram('reaper');
  });
  afterAll(removePrograms);

  test(`a LAN of ${ROUTERS} routers with two virtual MACs each is built, heard on every port, and gone`, () => {
    const result = runInside(user, lan, String(ROUTERS)) as { upMs: number; downMs: number };
    console.log(`as ${user}: up in ${result.upMs.toFixed(0)} ms, gone in ${result.downMs.toFixed(0)} ms`);
    expect(result).toMatchObject({
      // The loopback, eth0 and two macvlans.
      interfaces: 4,
      // A broadcast is seen once at every port.
      heard: ROUTERS,
      sightings: 1,
      dropped: 0,
      left: ['lo'],
      names: [],
      leaked: 0,
    });
  });

  test('process 1 reaps orphans and takes no child from Node', () => {
    const result = runInside(user, reaper) as { pid: number; codes: number[]; left: { pid: number }[] };
    expect(result.pid).toBe(1);
    expect(result.codes.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(result.left.map(({ pid }) => pid)).toEqual([1]);
  });
});
