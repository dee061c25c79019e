import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import type { Stage } from '../../src/stage/stage.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { PROTOCOL_VRRP } from '../../src/wire/network.ts';
import { lan, type Recording, record, router, until } from '../lab/recording.ts';

const SECOND = 1_000_000_000;
const cursor = createFrameCursor();

function isVrrp(bytes: Uint8Array): boolean {
  readFrame(cursor, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  return cursor.protocol === PROTOCOL_VRRP;
}

const VARIANTS: Readonly<Record<string, Partial<VirtualRouterIntent>>> = {
  'version 2, IPv4': { version: 2, advertisementIntervalNs: SECOND },
  'version 3, IPv4': { version: 3 },
  'version 3, IPv6': { version: 3, family: 'ipv6', addresses: ['fe80::5e:51', '2001:db8::101'] },
};

describe.concurrent('the native router in the lab', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({ launchFor, implementations: availableImplementations() });
  });
  afterAll(() => lab.close());

  const sentBy = (recording: Recording, name: string) => recording.at(`${name}-lan`, DIRECTION_OUT, isVrrp);

  for (const [name, intent] of Object.entries(VARIANTS)) {
    it(`${name}: takes over within what the RFC says`, async () => {
      const recording = record();
      const nodes = [
        router('r1', 1, 'native', { priority: 200, ...intent }),
        router('r2', 2, 'native', { priority: 100, ...intent }),
      ];
      const set = await lab.build({ lans: lan('bridge'), nodes }, recording, { seed: 1 });
      await set.perform({ kind: 'start', router: 'r1' });
      await until(set, 'r1 is Active', 10, () => sentBy(recording, 'r1').length >= 2);
      await set.perform({ kind: 'start', router: 'r2' });
      // Long enough for r2 to have heard r1, whose interval it learns.
      await until(set, 'r1 goes on', 10, () => sentBy(recording, 'r1').length >= 4);
      await set.perform({ kind: 'power-off', node: 'r1' });
      await until(set, 'r2 is Active', 10, () => sentBy(recording, 'r2').length >= 1);
      await set.close();
      const gap = sentBy(recording, 'r2')[0]!.timeNs - sentBy(recording, 'r1').at(-1)!.timeNs;
      const interval = intent.advertisementIntervalNs ?? SECOND / 10;
      // RFC 9568 §6.1: 3 intervals and the skew, 156/256 of one.
      expect(gap).toBeGreaterThan(3.6 * interval - 1_000_000);
      expect(gap).toBeLessThan(3.62 * interval + 0.3 * SECOND);
    });
  }
});
