import { describe, expect, it } from 'vitest';
import { generateCase } from '../../src/exploration/generate.ts';
import { playCase } from '../../src/exploration/play.ts';
import type { Invariant } from '../../src/exploration/violation.ts';
import { findMisbehaviour } from '../../src/misbehaviour/catalogue.ts';

/** Misbehaviours that break an invariant: a seed whose schedule shows it, and which one it breaks there first. */
const CAUGHT: readonly (readonly [string, number, Invariant])[] = [
  ['physical-source-mac', 4, 'wrong-port'],
  ['virtual-source-address', 4, 'none-active'],
  ['global-source-address', 37, 'two-active'],
  ['wrong-destination', 2, 'two-active'],
  ['ttl-254', 2, 'two-active'],
  ['wrong-protocol', 2, 'none-active'],
  ['wrong-version', 2, 'none-active'],
  ['version-3-for-2', 2, 'two-active'],
  ['wrong-type', 2, 'two-active'],
  ['vrid-zero', 2, 'none-active'],
  ['says-owner', 2, 'wrong-active'],
  ['count-too-high', 2, 'two-active'],
  ['no-addresses', 3, 'needless-change'],
  ['says-wrong-interval', 2, 'two-active'],
  ['authentication-type-1', 2, 'two-active'],
  ['wrong-checksum', 2, 'two-active'],
  ['pseudo-header-in-version-2', 2, 'two-active'],
  ['no-pseudo-header-over-ipv6', 37, 'two-active'],
  ['believes-any-vrid', 149, 'none-active'],
  ['discards-other-interval', 19, 'two-active'],
  ['starts-active', 23, 'needless-change'],
  ['backup-advertises', 1, 'two-active'],
  ['backup-announces', 1, 'wrong-port'],
  ['takes-over-late', 2, 'none-active'],
  ['never-takes-over', 2, 'none-active'],
  ['does-not-restart-timer', 1, 'two-active'],
  ['ignores-equal-priority', 6, 'flapping'],
  ['does-not-learn-interval', 22, 'two-active'],
  ['does-not-preempt', 68, 'wrong-active'],
  ['keeps-active', 2, 'two-active'],
  ['keeps-active-on-tie', 6, 'two-active'],
  ['yields-to-lesser-address', 37, 'flapping'],
  ['announces-physical-mac', 106, 'blackhole'],
  ['active-does-not-accept', 3, 'blackhole'],
  ['answers-with-physical-mac', 3, 'blackhole'],
  ['preempts-after-fault', 53, 'needless-change'],
  ['link-local-of-virtual-mac', 18, 'two-active'],
];

describe('a misbehaving router that breaks an invariant', () => {
  it.each(CAUGHT)('is caught: %s', async (name, seed, invariant) => {
    expect(findMisbehaviour(name)).toBeDefined();
    const options = { beyond: false, clocks: false };
    const wrong = await playCase(generateCase(seed, { ...options, misbehaviour: name }), false);
    expect(wrong.violation?.invariant).toBe(invariant);
    const right = await playCase(generateCase(seed, options), false);
    expect(right.violation).toBeUndefined();
  });
});
