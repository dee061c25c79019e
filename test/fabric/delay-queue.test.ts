import { describe, expect, it } from 'vitest';
import { createDelayQueue } from '../../src/fabric/delay-queue.ts';

describe('what is to be done later', () => {
  it('is done when it is due, earliest first, and in the order in which it came where the times are one', () => {
    const queue = createDelayQueue(100);
    const done: string[] = [];
    for (const [name, timeNs] of [
      ['d', 40],
      ['b1', 20],
      ['c', 30],
      ['b2', 20],
      ['a', 10],
    ] as const) {
      expect(queue.add(timeNs, () => done.push(name))).toBe(true);
    }
    expect(queue.next()).toBe(10);
    for (let due = queue.take(30); due !== undefined; due = queue.take(30)) due.work();
    expect(done).toEqual(['a', 'b1', 'b2', 'c']);
    expect(queue.next()).toBe(40);
    expect(queue.take(39)).toBeUndefined();
  });

  it('is no more than the limit', () => {
    const queue = createDelayQueue(2);
    expect([1, 2, 3].map((timeNs) => queue.add(timeNs, () => {}))).toEqual([true, true, false]);
    queue.take(1);
    expect(queue.add(9, () => {})).toBe(true);
  });
});
