import { describe, expect, it } from 'vitest';
import { arpFrame } from '../../src/wire/build.ts';
import { active, findings, R1, watch } from './watch.ts';

const VIRTUAL_MAC = '00:00:5e:00:01:33';
const H1 = { mac: '02:00:00:00:00:09', address: '192.0.2.9' };
const H2 = { mac: '02:00:00:00:00:0a', address: '192.0.2.10' };
type Host = typeof H1;

const question = ({ mac, address }: Host) =>
  arpFrame({ operation: 'request', senderMac: mac, senderAddress: address, targetAddress: '192.0.2.100' });
const answer = ({ mac, address }: Host) =>
  arpFrame({
    operation: 'reply',
    senderMac: VIRTUAL_MAC,
    senderAddress: '192.0.2.100',
    targetMac: mac,
    targetAddress: address,
  });

/** What is found of routers that are dead and answer, where r1 is Active and these frames pass. */
function residue(...frames: readonly (readonly [seconds: number, frame: Uint8Array])[]) {
  const watcher = watch();
  active(watcher, R1, 1, 5);
  for (const [seconds, frame] of frames) watcher.tap(seconds, frame);
  active(watcher, R1, 6, 10);
  return findings(watcher.observe(), 'down.no-residue');
}

describe('a question of a host for a virtual address', () => {
  it('that is answered twice from the virtual MAC shows that a second machine holds the address', () => {
    expect(residue([5.1, question(H1)], [5.1001, answer(H1)], [5.1002, answer(H1)])).toMatchObject([
      { verdict: 'warning', router: 'unknown', count: 1, first: 5.1002e9 },
    ]);
  });

  it('shows nothing where each is answered once, whoever asks and however often', () => {
    const once = [
      [5.1, question(H1)],
      [5.1001, answer(H1)],
      [5.2, question(H2)],
      [5.2001, answer(H2)],
      [5.3, question(H1)],
      [5.3001, answer(H1)],
    ] as const;
    expect(residue(...once)).toEqual([]);
  });

  it('shows nothing where the capture has every frame twice', () => {
    const twice = [question(H1), question(H1), answer(H1), answer(H1)];
    expect(residue(...twice.map((frame, index) => [5.1 + index * 1e-4, frame] as const))).toEqual([]);
  });

  it('is over after a second: an answer that comes then is another matter', () => {
    expect(residue([5.1, question(H1)], [5.1001, answer(H1)], [6.5, answer(H1)])).toEqual([]);
  });
});
