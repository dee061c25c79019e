import { describe, expect, it } from 'vitest';
import { exhaust, HorizonError, settlingNs } from '../../src/exploration/exhaustive.ts';
import { smallConfigurations } from '../../src/exploration/small-world.ts';
import { findMisbehaviour } from '../../src/misbehaviour/catalogue.ts';
import { PROTOCOL } from '../../src/vrrp/protocol.ts';

const SECOND_NS = 1_000_000_000;

const configurationOf = (routers: number, name: string) =>
  smallConfigurations(routers).find((one) => one.name === name)!;

describe('the small world', () => {
  it.each([
    [2, 12],
    [3, 6],
  ])('of %d routers comes to rest from every state within %d moves, in every configuration', (routers, depth) => {
    const configurations = smallConfigurations(routers);
    expect(configurations).toHaveLength(42);
    for (const configuration of configurations) {
      const result = exhaust(configuration, depth);
      expect(result.violation, configuration.name).toBeUndefined();
      expect(result.longestNs).toBeLessThanOrEqual(settlingNs(configuration.parameters));
      expect(result.states).toBeGreaterThan(40);
    }
  });

  it('has the same states whenever it is visited, and more within more moves', () => {
    const configuration = configurationOf(2, 'RFC 9568, equal priorities, 1 s, preemption on');
    const counts = [4, 8, 12].map((depth) => exhaust(configuration, depth).states);
    expect(counts).toEqual([...counts].sort((left, right) => left - right));
    expect(new Set(counts).size).toBe(3);
    expect(exhaust(configuration, 8)).toEqual(exhaust(configuration, 8));
  });

  it('knows the shortest way to two Active routers: two processes that are late by less than their skews differ', () => {
    const configuration = configurationOf(2, 'RFC 9568, priorities 110, 100, 90, 1 s, preemption on');
    expect(exhaust(configuration, 4).twoActiveBy).toEqual(['timer r2', 'timer r1']);
  });

  it('needs the bound that is allowed for: twice the longest Active_Down_Interval', () => {
    const configuration = configurationOf(2, 'RFC 9568, priorities 110, 100, 90, 1, 3, 2 s, preemption on');
    const skewNs = ((256 - 100) / 256) * 3 * SECOND_NS;
    expect(settlingNs(configuration.parameters)).toBe(2 * (9 * SECOND_NS + skewNs) + 50_000_000);
    expect(exhaust(configuration, 8).longestNs).toBeGreaterThan(9 * SECOND_NS);
  });

  it.each([
    ['keeps-active', /are Active in the end/],
    ['never-takes-over', /nobody is Active in the end/],
    ['does-not-preempt', /stays Active though r1 preempts/],
    ['does-not-restart-timer', /are Active in the end|changes/],
  ])('shows what a wrong protocol does: %s', (name, sentence) => {
    const protocol = findMisbehaviour(name)!.protocol!(PROTOCOL);
    const results = smallConfigurations(2, protocol).map((configuration) => exhaust(configuration, 8));
    const broken = results.flatMap(({ violation }) => (violation === undefined ? [] : [violation]));
    expect(broken.length).toBeGreaterThan(0);
    expect(broken.some((violation) => sentence.test(violation.sentence))).toBe(true);
  });

  it('says where the horizon is too far', () => {
    const configuration = configurationOf(2, 'RFC 9568, equal priorities, 1 s, preemption on');
    expect(() => exhaust(configuration, 20, 100)).toThrow(HorizonError);
  });
});
