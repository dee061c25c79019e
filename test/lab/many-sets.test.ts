import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_OUT } from '../../src/capture/frame.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { requirePeer } from '../peers.ts';
import { host, isAdvertisement, lan, openTestLab, type Recording, record, router, until } from './recording.ts';

const SETS = 16;
const VRID_OFFSET = 35;

describe.runIf(requirePeer('keepalived'))(`${SETS} sets side by side`, () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  async function play(number: number): Promise<{ recording: Recording; virtualRouterId: number }> {
    const virtualRouterId = 100 + number;
    const recording = record();
    const nodes = [
      router('r1', 1, 'keepalived', { priority: 200, virtualRouterId }),
      router('r2', 2, 'keepalived', { virtualRouterId }),
      host('h1', 10),
    ];
    const set = await lab.build({ lans: lan(number % 2 === 0 ? 'bridge' : 'wire'), nodes }, recording, { seed: 1 });
    const count = (name: string) => recording.at(`${name}-lan`, DIRECTION_OUT, isAdvertisement).length;
    await set.perform({ kind: 'start', router: 'r1' });
    await set.perform({ kind: 'start', router: 'r2' });
    await until(set, 'r1 is Active', 10, () => count('r1') >= 10);
    const before = count('r2');
    await set.perform({ kind: 'kill', router: 'r1' });
    await until(set, 'r2 is Active', 10, () => count('r2') >= before + 5);
    expect((await set.close()).droppedFrames).toBe(0);
    return { recording, virtualRouterId };
  }

  it('each fails over, and sees nothing of the others', async () => {
    const played = await Promise.all(Array.from({ length: SETS }, (_, number) => play(number)));
    for (const { recording, virtualRouterId } of played) {
      const seen = recording.frames
        .filter(({ bytes }) => isAdvertisement(bytes))
        .map(({ bytes }) => bytes[VRID_OFFSET]);
      expect(new Set(seen)).toEqual(new Set([virtualRouterId]));
    }
  });

  it('and again in the namespaces that the first ones left', async () => {
    const { recording, virtualRouterId } = await play(2);
    const seen = recording.frames.filter(({ bytes }) => isAdvertisement(bytes)).map(({ bytes }) => bytes[VRID_OFFSET]);
    expect(new Set(seen)).toEqual(new Set([virtualRouterId]));
  });
});
