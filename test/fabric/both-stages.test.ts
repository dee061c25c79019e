import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import { MOST_WAITING } from '../../src/fabric/switch.ts';
import { createSimulation } from '../../src/simulation/simulation.ts';
import type { FrameEffect, StageAction, WireFault } from '../../src/stage/action.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { lan, openTestLab, record, tester, until } from '../lab/recording.ts';

const MILLISECOND = 1_000_000;
const FRAMES = 120;
const A = '02:00:00:00:01:01';
const B = '02:00:00:00:01:02';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** A frame of an experimental EtherType (IEEE 802, 0x88b5) that carries a number. */
function numbered(number: number, destination = B): Uint8Array {
  const octets = (mac: string): number[] => mac.split(':').map((octet) => Number.parseInt(octet, 16));
  const bytes = new Uint8Array(60);
  bytes.set([...octets(destination), ...octets(A), 0x88, 0xb5]);
  new DataView(bytes.buffer).setUint32(14, number);
  return bytes;
}

function sending(bytes: Uint8Array): StageAction {
  return { kind: 'send-frame', node: 'a', lan: 'lan', direction: DIRECTION_OUT, bytes };
}

function fault(effect: FrameEffect, more: Partial<WireFault> = {}): StageAction {
  const place = { name: 'fault', lan: 'lan', node: 'b', direction: 'in', matcher: { destinationMac: B } } as const;
  return { kind: 'begin-fault', fault: { ...place, effect, ...more } };
}

/** The frames, whole and in their order, that reach b of those that a sends. */
async function arrivals(stage: Stage, seed: number, faults: readonly StageAction[]): Promise<readonly string[]> {
  const recording = record();
  const nodes = [tester('a', 1), tester('b', 2), tester('c', 3)];
  const set = await stage.build({ lans: lan('wire'), nodes }, recording, { seed });
  for (const action of faults) await set.perform(action);
  for (let number = 1; number <= FRAMES; number += 1) await set.perform(sending(numbered(number)));
  // c has it when everything before it has been carried.
  await set.perform(sending(numbered(0, BROADCAST)));
  const isLast = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[12] === 0x88;
  await until(set, 'the last frame has crossed', 5, () => recording.at('c-lan', DIRECTION_IN, isLast).length > 0);
  await set.advance(set.now() + 30 * MILLISECOND);
  const seen = recording.at('b-lan', DIRECTION_IN, (bytes) => bytes[12] === 0x88 || bytes[13] === 0xb5);
  expect((await set.close()).wireOverflows).toBe(0);
  return seen.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
}

const FAULTS: readonly (readonly [string, readonly StageAction[]])[] = [
  ['lost at random', [fault({ kind: 'drop' }, { probability: 0.4 })]],
  ['lost on leaving the sender', [fault({ kind: 'drop' }, { probability: 0.4, node: 'a', direction: 'out' })]],
  ['sent more than once at random', [fault({ kind: 'duplicate', copies: 2 }, { probability: 0.3 })]],
  ['passed by others', [fault({ kind: 'reorder', passedBy: 3, holdNs: 20_000 * MILLISECOND }, { probability: 0.2 })]],
  ['changed in one bit somewhere', [fault({ kind: 'corrupt' }, { probability: 0.5 })]],
  ['changed in one bit of an octet', [fault({ kind: 'corrupt', offset: 40 }, { positions: [2, 4, 77] })]],
  [
    'lost, changed and sent twice',
    [
      fault({ kind: 'duplicate', copies: 1 }, { name: 'twice', probability: 0.3 }),
      fault({ kind: 'drop' }, { name: 'lose', probability: 0.3 }),
      fault({ kind: 'corrupt' }, { name: 'change', probability: 0.3, node: 'a', direction: 'both' }),
    ],
  ],
];

describe('the same seed and the same frames', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openTestLab();
  });
  afterAll(() => lab.close());

  it.each(FAULTS)('have the same outcome in the lab and in virtual time: %s', async (_what, faults) => {
    const virtual = await arrivals(createSimulation(), 7, faults);
    const sent = Array.from({ length: FRAMES }, (_, index) => Buffer.from(numbered(index + 1)).toString('hex'));
    expect(virtual.filter((frame) => !frame.startsWith('ff'))).not.toEqual(sent);
    expect(await arrivals(lab, 7, faults)).toEqual(virtual);
    if (faults.some((one) => one.kind === 'begin-fault' && one.fault.probability !== undefined)) {
      expect(await arrivals(createSimulation(), 8, faults)).not.toEqual(virtual);
    }
  });

  it('frames beyond what a wire holds back are counted', async () => {
    const set = await createSimulation().build(
      { lans: lan('wire'), nodes: [tester('a', 1), tester('b', 2)] },
      record(),
      {
        seed: 1,
      },
    );
    await set.perform(fault({ kind: 'delay', delayNs: 60_000 * MILLISECOND }));
    const frame = sending(numbered(1));
    for (let sent = 0; sent < MOST_WAITING + 3; sent += 1) await set.perform(frame);
    expect((await set.close()).wireOverflows).toBe(3);
  });
});
