import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTION_OUT, LINK_TYPE_ETHERNET } from '../../src/capture/frame.ts';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import type { Stage } from '../../src/stage/stage.ts';
import type { RouterDescription } from '../../src/stage/topology.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';
import { lan, record, router, until } from '../lab/recording.ts';
import { requirePeer } from '../peers.ts';

const frame = createFrameCursor();
const message = createVrrpCursor();

interface Advertisement {
  readonly version: number;
  readonly ipVersion: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: number;
  readonly sourceMac: string;
}

function readAdvertisement(bytes: Uint8Array): Advertisement | undefined {
  readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  if (frame.protocol !== 112) return undefined;
  readVrrp(message, bytes, frame.transportOffset, frame.transportEnd, frame.wireEnd, frame.addressLength);
  const { version, virtualRouterId, priority, interval } = message;
  const sourceMac = Buffer.from(bytes.subarray(6, 12)).toString('hex');
  return { version, ipVersion: frame.ipVersion, virtualRouterId, priority, interval, sourceMac };
}

const TYPED = `global_defs {
  router_id typed
}
vrrp_instance typed {
  interface eth0
  version 2
  virtual_router_id 77
  priority 50
  advert_int 1
  virtual_ipaddress {
    192.0.2.177
  }
}
`;

describe.runIf(requirePeer('keepalived')).concurrent('keepalived in the lab', () => {
  let lab: Stage;
  beforeAll(async () => {
    lab = await openLab({ launchFor, implementations: availableImplementations() });
  });
  afterAll(() => lab.close());

  async function firstAdvertisement(description: RouterDescription): Promise<Advertisement> {
    const recording = record();
    const set = await lab.build({ lans: lan('bridge'), nodes: [description] }, recording, { seed: 1 });
    await set.perform({ kind: 'start', router: description.name });
    const sent = () =>
      recording.at(`${description.name}-lan`, DIRECTION_OUT).flatMap(({ bytes }) => readAdvertisement(bytes) ?? []);
    await until(set, 'it advertises', 15, () => sent().length > 0);
    await set.close();
    return sent()[0]!;
  }

  it('version 2, IPv4', async () => {
    const described = router('r1', 1, 'keepalived', {
      version: 2,
      advertisementIntervalNs: 1_000_000_000,
      priority: 150,
    });
    expect(await firstAdvertisement(described)).toEqual({
      version: 2,
      ipVersion: 4,
      virtualRouterId: 51,
      priority: 150,
      interval: 1,
      sourceMac: '00005e000133',
    });
  });

  it('version 3, IPv4, with advertisements of the physical MAC', async () => {
    const described = router('r1', 1, 'keepalived', { transmitOnBase: true });
    expect(await firstAdvertisement(described)).toEqual({
      version: 3,
      ipVersion: 4,
      virtualRouterId: 51,
      priority: 100,
      interval: 10,
      sourceMac: '020000000101',
    });
  });

  it('version 3, IPv6: its link-local address comes first', async () => {
    const described = router('r1', 1, 'keepalived', { family: 'ipv6', addresses: ['fe80::5e:51', '2001:db8::101'] });
    expect(await firstAdvertisement(described)).toEqual({
      version: 3,
      ipVersion: 6,
      virtualRouterId: 51,
      priority: 100,
      interval: 10,
      sourceMac: '00005e000233',
    });
  });

  it("somebody's own configuration, word for word", async () => {
    const described = { ...router('r1', 1, 'keepalived'), configuration: TYPED };
    expect(launchFor(described).files[0]!.text).toBe(TYPED);
    expect(await firstAdvertisement(described)).toMatchObject({ version: 2, virtualRouterId: 77, priority: 50 });
  });
});

describe('implementations', () => {
  it('one that is not known is an error with those that are', () => {
    expect(() => launchFor(router('r1', 1, 'ospfd'))).toThrow(
      expect.objectContaining({ name: 'StageError', cure: expect.stringContaining('keepalived') }),
    );
  });

  it.runIf(requirePeer('keepalived'))('keep the configuration from the eyes of others, as keepalived demands', () => {
    expect(launchFor(router('r1', 1, 'keepalived')).files[0]).toMatchObject({ path: 'keepalived.conf', mode: 0o600 });
  });
});
