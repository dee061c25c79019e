import { describe, expect, it } from 'vitest';
import type { ObserverOptions } from '../../src/conformance/observer/api.ts';
import type { Observation } from '../../src/conformance/result.ts';
import type { Watch } from './watch.ts';
import { advertisement, broken, findings, judged, R1, R2 } from './watch.ts';
import { intent, running, send } from './with-ports.ts';

/** r1 and r2 have started, and said so. */
function ready(): Watch {
  const watcher = running();
  for (const router of ['r1', 'r2']) watcher.event({ kind: 'router-ready', router, timeNs: 0.2e9 });
  return watcher;
}

/** r1 is Active; a tester at h1's port sends this at 7.5 s, and r1 answers at these times. */
function challenged(
  fields: typeof R2,
  answers: readonly number[],
  options: ObserverOptions = {},
  more: (watcher: Watch) => void = () => {},
): Observation {
  const watcher = ready();
  send(watcher, 'r1', R1, 3.215, 7.215);
  watcher.out('h1', 7.5, advertisement({ source: '192.0.2.77', ...fields }));
  for (const seconds of answers) watcher.out('r1', seconds, advertisement(R1));
  more(watcher);
  return watcher.observe({ intent: intent(), ...options });
}

const LOSING = { priority: 50 };
const ZERO = { priority: 0 };
const BEATS = [8.215, 9.215, 10.215, 11.215];

describe('an advertisement that loses', () => {
  it('is answered at once, and the timer runs on', () => {
    const observation = challenged(LOSING, [7.501, ...BEATS]);
    expect(broken(observation)).toEqual([]);
    expect(judged(observation, 'active.assert')).toBe(true);
    expect(judged(observation, 'active.hold')).toBe(true);
  });

  it('and is not answered breaks RFC 9568, and no older document', () => {
    const [finding] = findings(challenged(LOSING, BEATS), 'active.assert');
    expect(finding).toMatchObject({ verdict: 'fail', router: 'r1', breaks: ['rfc9568'], allows: ['rfc5798'] });
    expect(finding?.frames).toMatchObject([{ timeNs: 7.50002e9 }]);
    expect(finding?.seen).toBe('the next one 714.98 ms after it');
    const older = challenged(LOSING, BEATS, { profile: 'rfc5798' });
    expect(findings(older, 'active.assert')).toMatchObject([{ verdict: 'pass', level: 'information' }]);
  });

  it('does not move the next advertisement', () => {
    const [finding] = findings(challenged(LOSING, [7.501, 8.501, 9.501]), 'active.assert');
    expect(finding).toMatchObject({
      verdict: 'fail',
      expected: 'the next one 714 ms after the answer',
      seen: '1.000 s',
    });
    // An answer that is the next advertisement itself tells nothing.
    const watcher = ready();
    send(watcher, 'r1', R1, 3.215, 7.215);
    watcher.out('h1', 8.21, advertisement({ source: '192.0.2.77', ...LOSING }));
    for (const seconds of BEATS) watcher.out('r1', seconds, advertisement(R1));
    expect(findings(watcher.observe({ intent: intent() }), 'active.assert')).toEqual([]);
  });

  it('of equal priority is decided by the address', () => {
    const equal = (source: string) => findings(challenged({ source, priority: 200 }, BEATS), 'active.assert').length;
    expect([equal('192.0.2.0'), equal('192.0.2.77')]).toEqual([1, 0]);
  });

  it('ends no tenure', () => {
    const silent = challenged(LOSING, [7.501], {}, (watcher) => send(watcher, 'r2', R2, 7.501 + 3.605, 14));
    expect(findings(silent, 'active.hold')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
    const killed = challenged(LOSING, [7.501], {}, (watcher) => {
      watcher.event({ kind: 'router-killed', router: 'r1', timeNs: 7.8e9 });
      send(watcher, 'r2', R2, 7.501 + 3.605, 14);
    });
    expect(findings(killed, 'active.hold')).toEqual([]);
    // Long after it, silence has another cause.
    const later = challenged(LOSING, [7.501, ...BEATS], {}, (watcher) => send(watcher, 'r2', R2, 11.215 + 3.605, 18));
    expect(findings(later, 'active.hold')).toEqual([]);
  });
});

describe('advertisements that lose, faster than one can be answered', () => {
  /** One each 10 ms from 7.5 s on; the kernel's lock was held meanwhile, which is told when it is over. */
  function held(untilSeconds: number | undefined, answers: readonly number[]): Observation {
    const watcher = ready();
    send(watcher, 'r1', R1, 3.215, 7.215);
    for (let step = 0; step < 60; step++) {
      const seconds = 7.5 + step / 100;
      if (untilSeconds !== undefined && seconds - 0.01 < untilSeconds && untilSeconds <= seconds) {
        const durationNs = Math.round((untilSeconds - 7.499) * 1e9);
        watcher.event({ kind: 'lock-held', timeNs: 7.499e9, durationNs });
      }
      watcher.out('h1', seconds, advertisement({ source: '192.0.2.77', ...LOSING }));
      if (answers.includes(step)) watcher.out('r1', seconds + 0.001, advertisement(R1));
    }
    for (const seconds of BEATS) watcher.out('r1', seconds, advertisement(R1));
    return watcher.observe({ intent: intent() });
  }

  it('prove nothing of a router that the host held up, though that is told when it is over', () => {
    const late = [5, 6, 7, 8, 9, 10];
    expect(findings(held(7.545, late), 'active.assert')).toEqual([]);
    expect(findings(held(undefined, late), 'active.assert')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
  });

  it('are missed by one that goes on as if nothing had come', () => {
    expect(findings(held(undefined, []), 'active.assert')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
  });
});

describe('priority 0, heard by an Active router', () => {
  it('is answered by an advertisement', () => {
    const observation = challenged(ZERO, [7.501, 8.501]);
    expect(findings(observation, 'active.rx-zero')).toEqual([]);
    expect(judged(observation, 'active.rx-zero')).toBe(true);
    expect(findings(challenged(ZERO, BEATS), 'active.rx-zero')).toMatchObject([{ verdict: 'fail', router: 'r1' }]);
  });

  it('proves nothing of a router that was disturbed, or on a host that stood still', () => {
    const starting = challenged(ZERO, BEATS, {}, (watcher) =>
      watcher.event({ kind: 'router-ready', router: 'r1', timeNs: 7.6e9 }),
    );
    expect(findings(starting, 'active.rx-zero')).toEqual([]);
    const frozen = challenged(ZERO, BEATS, {}, (watcher) =>
      watcher.event({ kind: 'router-frozen', router: 'r1', timeNs: 7.4e9 }),
    );
    expect(findings(frozen, 'active.rx-zero')).toEqual([]);
    const stalled = challenged(ZERO, BEATS, {}, (watcher) =>
      watcher.event({ kind: 'stall', core: 0, timeNs: 7.49e9, durationNs: 0.1e9 }),
    );
    expect(findings(stalled, 'active.rx-zero')).toEqual([]);
  });
});
