import { describe, expect, it } from 'vitest';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { Watch } from './watch.ts';
import { advertisement, broken, findings, judged, R1, R2, watch } from './watch.ts';

const TO_R1 = { destination: '192.0.2.1', destinationMac: '02:00:00:00:00:01' };
const TO_R2 = { destination: '192.0.2.2', destinationMac: '02:00:00:00:00:02' };
const TO_R3 = { destination: '192.0.2.3', destinationMac: '02:00:00:00:00:03' };
/** By way of a routed hop: TTL and MAC addresses are those of the way. */
const FROM_R1 = { ...R1, hopLimit: 63, sourceMac: '02:00:00:00:00:fe' };
const FROM_R2 = { ...R2, hopLimit: 63, sourceMac: '02:00:00:00:00:fe' };

/** The same advertisement to one peer after the other, 0.1 ms apart. */
function toPeers(
  watcher: Watch,
  fields: Partial<AdvertisementFrame>,
  peers: readonly Partial<AdvertisementFrame>[],
  first: number,
  last: number,
): void {
  for (let time = first; time <= last + 1e-9; time++) {
    for (const [index, peer] of peers.entries()) {
      watcher.tap(time + index / 10_000, advertisement({ ...fields, ...peer }));
    }
  }
}

describe('advertisements to single peers', () => {
  it('are one event, to however many peers they go', () => {
    const watcher = watch();
    toPeers(watcher, FROM_R1, [TO_R2, TO_R3], 1, 30);
    const observation = watcher.observe();
    expect(observation.advertisements).toBe(30);
    const [virtualRouter] = observation.virtualRouters;
    expect(virtualRouter!.routers).toMatchObject([{ name: '192.0.2.1', advertisements: 30 }]);
    expect(virtualRouter!.timeline).toMatchObject([{ advertisements: 30, measuredIntervalNs: 1e9 }]);
    expect(judged(observation, 'tx.period')).toBe(true);
    expect(broken(observation)).toEqual([]);
  });

  it('and are two where they come again to the same peer', () => {
    const watcher = watch();
    toPeers(watcher, FROM_R1, [TO_R2, TO_R3], 1, 5);
    toPeers(watcher, FROM_R1, [TO_R2, TO_R3], 3.002, 3.002);
    expect(watcher.observe().advertisements).toBe(6);
  });

  it('and those of another priority are no copies', () => {
    const watcher = watch();
    toPeers(watcher, FROM_R1, [TO_R2], 1, 5);
    watcher.tap(5.5, advertisement({ ...FROM_R1, ...TO_R2 }));
    watcher.tap(5.500_1, advertisement({ ...FROM_R1, ...TO_R3, priority: 0 }));
    expect(watcher.observe().virtualRouters[0]!.timeline).toMatchObject([{ end: 'priority-zero' }]);
  });

  it('have their real destination in the pseudo-header', () => {
    const right = watch();
    toPeers(right, { ...FROM_R1, checksum: 'with-pseudo-header' }, [TO_R2, TO_R3], 1, 3);
    expect(findings(right.observe(), 'tx.checksum.v4')).toMatchObject([{ seen: 'with an IPv4 pseudo-header' }]);
    const copied = advertisement({ ...FROM_R1, ...TO_R2, checksum: 'with-pseudo-header' }).slice();
    const other = advertisement({ ...FROM_R1, ...TO_R3, checksum: 'with-pseudo-header' }).slice();
    // The checksum that was computed for one peer does not fit the other.
    copied.set(other.subarray(40, 42), 40);
    const wrong = watch().tap(1, copied).observe();
    expect(findings(wrong, 'tx.checksum.v4')).toMatchObject([{ verdict: 'fail' }]);
    expect(wrong.advertisements).toBe(0);
  });

  it('tell a takeover, and it counts from the newest copy’s event', () => {
    const watcher = watch();
    toPeers(watcher, FROM_R1, [TO_R2, TO_R3], 1, 4);
    toPeers(watcher, FROM_R2, [TO_R1, TO_R3], 7.605, 12);
    const observation = watcher.observe();
    const [, second] = observation.virtualRouters[0]!.timeline;
    expect(second).toMatchObject({ begin: 'takeover', takeover: { verdict: 'pass' } });
  });

  it('of unrelated pairs that share a VRID and a subnet are unrelated', () => {
    const watcher = watch();
    const other = { ...R1, source: '192.0.2.11', addresses: ['192.0.2.200'], priority: 150 };
    toPeers(watcher, R1, [TO_R2], 1, 6);
    toPeers(watcher, other, [{ destination: '192.0.2.12', destinationMac: '02:00:00:00:00:12' }], 1.4, 6);
    const observation = watcher.observe();
    expect(observation.virtualRouters.map(({ addresses }) => addresses)).toEqual([['192.0.2.100'], ['192.0.2.200']]);
    expect(broken(observation)).toEqual([]);
  });

  it('of one pair whose lists differ are a mismatch all the same', () => {
    const watcher = watch();
    toPeers(watcher, R1, [TO_R2], 1, 6);
    toPeers(watcher, { ...R2, addresses: ['192.0.2.200'] }, [TO_R1], 1.4, 6);
    const observation = watcher.observe();
    expect(observation.virtualRouters).toHaveLength(1);
    expect(findings(observation, 'tx.addresses')).toHaveLength(1);
  });
});

describe('a likely reason for two Active routers', () => {
  function advice(r1: Partial<AdvertisementFrame>, r2: Partial<AdvertisementFrame>): string | undefined {
    const watcher = watch();
    toPeers(watcher, { ...R1, ...r1 }, [{}], 1, 12);
    toPeers(watcher, { ...R2, ...r2 }, [{}], 1.4, 12);
    return findings(watcher.observe(), 'tx.one-active')[0]!.advice;
  }

  it('is that one sends to single peers and the other to the group', () => {
    expect(advice(TO_R2, {})).toBe(
      'a likely reason: 192.0.2.1 sends to single peers (192.0.2.2) and 192.0.2.2 to the multicast group',
    );
  });

  it('is that one is not among the peers of the other', () => {
    expect(advice(TO_R3, TO_R1)).toBe(
      'a likely reason: 192.0.2.1 sends to its peers (192.0.2.3), and 192.0.2.2 is not among them',
    );
  });

  it('is that they speak different versions', () => {
    expect(advice({ version: 2, interval: 1 }, {})).toMatch(/192.0.2.1 speaks VRRPv2 and 192.0.2.2 VRRPv3/);
  });

  it('is not known from what they send otherwise', () => {
    for (const told of [advice(TO_R2, TO_R1), advice({}, {})]) expect(told).toMatch(/^look for what keeps multicast/);
  });
});

describe('the MAC address that a unicast advertisement comes from', () => {
  function physicalMac(hopLimit: number): string | undefined {
    const watcher = watch();
    toPeers(watcher, { ...R1, hopLimit, sourceMac: '02:00:00:00:00:01' }, [TO_R2], 1, 5);
    return watcher.observe().virtualRouters[0]!.routers[0]!.physicalMac;
  }

  it('is the sender’s where no hop was routed, and a gateway’s otherwise', () => {
    expect(physicalMac(255)).toBe('02:00:00:00:00:01');
    expect(physicalMac(254)).toBeUndefined();
  });
});

describe('with ports', () => {
  it('a Backup hears what is addressed to it, and not what a switch floods', () => {
    const takeover = (peer: Partial<AdvertisementFrame>) => {
      const watcher = watch({ r1: 'router', r2: 'router' });
      for (let time = 1; time <= 5; time++) watcher.out('r2', time, advertisement({ ...R2, ...TO_R1 }));
      for (let time = 5.5; time <= 8.5; time++) watcher.out('r1', time, advertisement({ ...R1, ...TO_R2 }));
      // The last ones are all that r2 could count from.
      for (const time of [9.5, 10.5]) watcher.out('r1', time, advertisement({ ...R1, ...peer }));
      for (let time = 12.105; time <= 15; time++) watcher.out('r2', time, advertisement({ ...R2, ...TO_R1 }));
      return findings(watcher.observe(), 'backup.takeover');
    };
    expect(takeover(TO_R3)).toEqual([]);
    expect(takeover(TO_R2)).toMatchObject([{ verdict: 'fail', router: 'r2' }]);
  });
});
