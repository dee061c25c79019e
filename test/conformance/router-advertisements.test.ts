import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/conformance/result.ts';
import { icmpV6Frame, neighborAdvertisementFrame, neighborSolicitationFrame } from '../../src/wire/build.ts';
import { ROUTER_ADVERTISEMENT, ROUTER_SOLICITATION, writeRouterMessage } from '../../src/wire/neighbor.ts';
import { advertisement, findings, judged, type Watch, watch } from './watch.ts';
import { intent, running } from './with-ports.ts';

const VIRTUAL_MAC = '00:00:5e:00:02:33';
const MAC_OF_R1 = '02:00:00:00:00:01';
const HOST_MAC = '02:00:00:00:00:03';
const LINK_LOCAL = 'fe80::100';
const FIELDS = { addresses: [LINK_LOCAL], checksum: 'with-pseudo-header' } as const;
const R1 = { ...FIELDS, source: 'fe80::1', priority: 200 };
const R2 = { ...FIELDS, source: 'fe80::2', priority: 100 };
const six = { family: 'ipv6', addresses: [LINK_LOCAL], routerAdvertisements: true } as const;
const CONFIGURED = intent(six, six);

interface Said {
  readonly source?: string;
  readonly mac?: string;
  readonly named?: string;
  readonly lifetime?: number;
  readonly mtu?: number;
}

function says({ source = LINK_LOCAL, mac = VIRTUAL_MAC, named = VIRTUAL_MAC, lifetime = 1800, mtu }: Said = {}) {
  const sourceLinkLayer = Uint8Array.from(named.split(':'), (octet) => Number.parseInt(octet, 16));
  const options = mtu === undefined ? new Uint8Array(0) : Uint8Array.of(5, 1, 0, 0, 0, 0, mtu >> 8, mtu);
  return icmpV6Frame(
    { source, destination: 'ff02::1', sourceMac: mac, hopLimit: 255 },
    writeRouterMessage({ type: ROUTER_ADVERTISEMENT, routerLifetime: lifetime, sourceLinkLayer, options }),
  );
}

function asks({ hopLimit = 255 } = {}): Uint8Array {
  return icmpV6Frame(
    { source: 'fe80::9', destination: 'ff02::2', sourceMac: HOST_MAC, hopLimit },
    writeRouterMessage({ type: ROUTER_SOLICITATION }),
  );
}

/** r1 is Active from 3.215 s to 12 s. */
function r1IsActive(): Watch {
  const watcher = running();
  watcher.out('r1', 3.215_2, neighborAdvertisementFrame({ target: LINK_LOCAL, sourceMac: VIRTUAL_MAC }));
  for (let time = 3.215; time < 12.5; time++) watcher.out('r1', time, advertisement(R1));
  return watcher;
}

const observed = (watcher: Watch, told = CONFIGURED): Observation => watcher.observe({ intent: told });

describe('active.ra', () => {
  it('wants an answer to whoever asks, where the router is configured to send them', () => {
    const silent = observed(r1IsActive().out('h1', 5, asks()));
    expect(findings(silent, 'active.ra')).toMatchObject([{ verdict: 'fail', router: 'r1', count: 1 }]);
    const answered = observed(r1IsActive().out('h1', 5, asks()).out('r1', 5.4, says()));
    expect(findings(answered, 'active.ra')).toEqual([]);
    expect(judged(answered, 'active.ra')).toBe(true);
  });

  it('wants it within 3.5 s: three since the newest one, and half a second', () => {
    const at = (seconds: number) => observed(r1IsActive().out('h1', 5, asks()).out('r1', seconds, says()));
    expect(findings(at(8.5), 'active.ra')).toEqual([]);
    expect(findings(at(8.7), 'active.ra')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('says nothing of a router that is not told to, and of a question that is none or comes too late', () => {
    const not = intent({ ...six, routerAdvertisements: false }, { ...six, routerAdvertisements: false });
    expect(judged(observed(r1IsActive().out('h1', 5, asks()), not), 'active.ra')).toBe(false);
    expect(judged(observed(r1IsActive().out('h1', 5, asks({ hopLimit: 64 }))), 'active.ra')).toBe(false);
    expect(judged(observed(r1IsActive().out('h1', 10, asks())), 'active.ra')).toBe(false);
  });

  it('wants one at least every half hour, asked or not', () => {
    const forTwoHours = (every: number): Observation => {
      const watcher = running();
      const slow = { ...R1, interval: 4000 };
      for (let time = 3.215; time < 7200; time += 40) watcher.out('r1', time, advertisement(slow));
      for (let time = 3.3; time < 7200; time += every) watcher.out('r1', time, says());
      return observed(watcher);
    };
    expect(findings(forTwoHours(1500), 'active.ra')).toEqual([]);
    expect(findings(forTwoHours(2100), 'active.ra')).toMatchObject([{ verdict: 'fail', count: 3 }]);
    expect(findings(forTwoHours(9000), 'active.ra')).toMatchObject([{ verdict: 'fail', count: 1 }]);
  });

  it.each([
    ['the physical MAC address', { mac: MAC_OF_R1 }, `from the MAC address ${MAC_OF_R1}`],
    ['the physical MAC address in its option', { named: MAC_OF_R1 }, `with the source link-layer address ${MAC_OF_R1}`],
    ['an address of the router alone', { source: 'fe80::1' }, 'from the address fe80::1'],
  ])('is broken by %s', (_name, said, seen) => {
    const told = observed(r1IsActive().out('r1', 5, says(said)));
    expect(findings(told, 'active.ra')).toMatchObject([{ verdict: 'fail', router: 'r1', seen }]);
  });
});

describe('backup.no-ra', () => {
  it('is kept by a Backup that nobody hears when hosts ask', () => {
    const asked = observed(r1IsActive().out('h1', 5, asks()).out('r1', 5.1, says()));
    expect(findings(asked, 'backup.no-ra')).toEqual([]);
    expect(judged(asked, 'backup.no-ra')).toBe(true);
    expect(judged(observed(r1IsActive().out('r1', 5.1, says())), 'backup.no-ra')).toBe(false);
  });

  it('is broken by a Backup that answers', () => {
    const answers = observed(r1IsActive().out('h1', 5, asks()).out('r2', 5.1, says()));
    expect(findings(answers, 'backup.no-ra')).toMatchObject([{ verdict: 'fail', router: 'r2' }]);
  });

  /** r2 is Active until r1 preempts it at 6.215 s. */
  function preempted(lifetime: number, after: number): Observation {
    const watcher = running();
    watcher.out('r2', 3.715_2, neighborAdvertisementFrame({ target: LINK_LOCAL, sourceMac: VIRTUAL_MAC }));
    for (let time = 3.715; time < 6; time++) watcher.out('r2', time, advertisement(R2));
    watcher.out('r1', 6.215_2, neighborAdvertisementFrame({ target: LINK_LOCAL, sourceMac: VIRTUAL_MAC }));
    for (let time = 6.215; time < 12; time++) watcher.out('r1', time, advertisement(R1));
    return observed(watcher.out('r2', 6.215 + after, says({ lifetime })));
  }

  it('is broken by a router that says that its lifetime is over as soon as it yields', () => {
    expect(findings(preempted(0, 0.000_5), 'backup.no-ra')).toMatchObject([
      { verdict: 'fail', router: 'r2', seen: 'a Router Advertisement of lifetime 0' },
    ]);
  });

  it('lets pass what was under way when it yielded', () => {
    expect(findings(preempted(1800, 0.000_5), 'backup.no-ra')).toEqual([]);
    expect(findings(preempted(1800, 0.2), 'backup.no-ra')).toHaveLength(1);
  });
});

describe('nd.ra-options', () => {
  /** r1 is Active, then r2, from the same virtual address. */
  function failover(first: Said, second: Said): Observation {
    const watcher = r1IsActive().out('r1', 5, says(first));
    for (let time = 15.824; time < 20; time++) watcher.out('r2', time, advertisement(R2));
    return observed(watcher.out('r2', 17, says(second)));
  }

  it('tells routers apart that send from the same virtual address', () => {
    expect(findings(failover({ mtu: 1500 }, { mtu: 1400 }), 'nd.ra-options')).toMatchObject([
      { verdict: 'fail', router: 'r2' },
    ]);
    expect(findings(failover({ mtu: 1500 }, { mtu: 1500 }), 'nd.ra-options')).toEqual([]);
    expect(judged(failover({ mtu: 1500 }, { mtu: 1500 }), 'nd.ra-options')).toBe(true);
  });

  it('does so at a tap by who is Active', () => {
    const watcher = watch();
    for (let second = 1; second < 5; second++) watcher.tap(second, advertisement(R1));
    watcher.tap(2.5, says({ mtu: 1500 }));
    for (let second = 8; second < 12; second++) watcher.tap(second, advertisement(R2));
    watcher.tap(9.5, says({ mtu: 1400 }));
    expect(findings(watcher.observe(), 'nd.ra-options')).toMatchObject([{ router: 'fe80::2' }]);
  });
});

describe('nd.dad', () => {
  /** r2 takes over at 15.824 s; a host asks for the virtual address, and is answered so much later. */
  function answered(delay: number, askedAfter = 0.02): Observation {
    const watcher = r1IsActive();
    for (let time = 15.824; time < 20; time++) watcher.out('r2', time, advertisement(R2));
    const question = { target: LINK_LOCAL, source: 'fe80::9', sourceMac: HOST_MAC };
    for (let time = 15.824 + askedAfter; time < 19; time += 0.1)
      watcher.out('h1', time, neighborSolicitationFrame(question));
    const answer = { target: LINK_LOCAL, destination: 'fe80::9', sourceMac: VIRTUAL_MAC, destinationMac: HOST_MAC };
    watcher.out('r2', 15.824 + askedAfter + delay, neighborAdvertisementFrame({ ...answer, solicited: true }));
    return observed(watcher);
  }

  it('is kept by a router whose address answers as soon as it is Active', () => {
    expect(findings(answered(0.001), 'nd.dad')).toEqual([]);
    expect(judged(answered(0.001), 'nd.dad')).toBe(true);
  });

  it('tells of one whose address answers nobody while duplicate address detection lasts', () => {
    expect(findings(answered(1.3), 'nd.dad')).toMatchObject([{ verdict: 'pass', router: 'r2', seen: '1.300 s' }]);
    expect(findings(answered(0.7), 'nd.dad')).toEqual([]);
    expect(judged(answered(1.3, 0.8), 'nd.dad')).toBe(false);
  });
});
