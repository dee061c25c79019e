import { describe, expect, it } from 'vitest';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import { advertisementMessage } from '../../src/wire/build-advertisement.ts';
import { ipFrame, toAddress } from '../../src/wire/envelope.ts';
import { PROTOCOL_VRRP } from '../../src/wire/network.ts';
import { active, advertisement, broken, findings, judged, R1, R2, watch } from './watch.ts';
import { intent } from './with-ports.ts';

const IPV6: Partial<AdvertisementFrame> = {
  version: 3,
  source: 'fe80::1',
  addresses: ['fe80::100', '2001:db8::100'],
};
const VERSION_2: Partial<AdvertisementFrame> = { version: 2, interval: 1 };

/** Each rule, a message that breaks it, and what the message is otherwise: without the break it must be silent. */
const RULES: readonly [string, Partial<AdvertisementFrame>, Partial<AdvertisementFrame>?][] = [
  ['tx.src-mac', { sourceMac: '02:00:00:00:00:01' }],
  ['tx.src-mac', { sourceMac: '00:00:5e:00:01:33' }, IPV6],
  ['tx.dst-mac', { destinationMac: 'ff:ff:ff:ff:ff:ff' }],
  ['tx.dst-ip', { destination: '224.0.0.5' }],
  ['tx.ttl', { hopLimit: 64 }],
  ['tx.ttl', { hopLimit: 254 }, IPV6],
  ['tx.type', { type: 2 }],
  ['tx.version', { version: 4 }],
  ['tx.reserved', { reserved: 5 }],
  ['tx.count', { addressCount: 0, addresses: [] }],
  ['tx.count', { addressCount: 3 }],
  ['tx.interval', { interval: 0 }],
  ['tx.vrid', { virtualRouterId: 0 }],
  ['tx.src-ip.v4', { source: '192.0.2.100' }],
  ['tx.src-ip.v6', { source: '2001:db8::1' }, IPV6],
  ['tx.checksum.v2', { checksum: 'wrong' }, VERSION_2],
  ['tx.checksum.v2', { checksum: 'with-pseudo-header' }, VERSION_2],
  ['tx.checksum.v4', { checksum: 'wrong' }],
  ['tx.checksum.v4', { checksum: 'with-pseudo-header' }],
  ['tx.checksum.v6', { checksum: 'message-alone' }, IPV6],
  ['tx.link-local-first', { addresses: ['2001:db8::100', 'fe80::100'] }, IPV6],
  ['tx.auth.data', { authenticationData: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }, VERSION_2],
];

it('an owner that does not send 255 breaks that rule alone: its source is its primary address', () => {
  const owner = { source: '192.0.2.100', priority: 100 };
  const watcher = watch({ r1: 'router' });
  for (let time = 1; time < 9; time++) watcher.out('r1', time, advertisement(owner));
  const observation = watcher.observe({ intent: intent({ priority: 255, primaryAddress: '192.0.2.100' }) });
  expect(findings(observation, 'tx.priority.owner')).toMatchObject([{ verdict: 'fail' }]);
  expect(findings(observation, 'tx.src-ip.v4')).toEqual([]);
});

describe.each(RULES)('%s', (requirement, wrong, base = {}) => {
  it(`is broken by ${JSON.stringify(wrong)}`, () => {
    const observation = watch()
      .tap(1, advertisement({ ...base, ...wrong }))
      .observe();
    const [finding] = findings(observation, requirement);
    expect(finding?.verdict).toMatch(/fail|warning/);
    expect(finding?.frames.map(({ number }) => number)).toEqual([1]);
  });

  it('is kept by the same message without it', () => {
    const observation = watch().tap(1, advertisement(base)).observe();
    expect(findings(observation, requirement)).toEqual([]);
    expect(broken(observation)).toEqual([]);
  });
});

describe('a message', () => {
  it('is judged once and counted each time', () => {
    const watcher = watch();
    for (let second = 0; second < 30; second++) watcher.tap(second, advertisement({ ...R1, hopLimit: 64 }));
    const observation = watcher.observe();
    const [finding] = findings(observation, 'tx.ttl');
    expect(finding).toMatchObject({ count: 30, first: 0, last: 29e9 });
    expect(finding?.frames).toHaveLength(20);
    expect(observation.judged.find(({ requirement }) => requirement === 'tx.ttl')?.judgements).toBe(1);
  });

  it('that no receiver would believe does not advance the history', () => {
    const watcher = watch();
    active(watcher, R1, 1, 5);
    watcher.tap(3.5, advertisement({ ...R2, priority: 250, checksum: 'wrong' }));
    const { virtualRouters } = watcher.observe();
    expect(virtualRouters[0]!.timeline.map(({ router }) => router)).toEqual(['192.0.2.1']);
  });

  it('with authentication is told as information', () => {
    const observation = watch()
      .tap(1, advertisement({ ...VERSION_2, authenticationType: 1 }))
      .observe();
    expect(findings(observation, 'tx.auth.type')[0]).toMatchObject({ level: 'information', verdict: 'pass' });
  });

  it('to one peer is no matter of TTL, group or MAC addresses', () => {
    const macs = { sourceMac: '02:00:00:00:00:01', destinationMac: '02:00:00:00:00:02' };
    const unicast = { destination: '192.0.2.2', hopLimit: 64, ...macs };
    const observation = watch().tap(1, advertisement(unicast)).observe();
    expect(broken(observation)).toEqual([]);
    expect(judged(observation, 'tx.ttl')).toBe(false);
  });

  it('with octets behind its list is named, not malformed', () => {
    const bytes = advertisement({ trailing: Uint8Array.of(1, 2, 3, 4) });
    const observation = watch().tap(1, bytes).observe();
    expect(observation.advertisements).toBe(1);
    expect(findings(observation, 'tx.count')[0]).toMatchObject({ level: 'information', seen: '4 octets' });
  });
});

describe('the documents', () => {
  it('of a version decide unless one is asked for', () => {
    const observation = watch()
      .tap(1, advertisement({ ...VERSION_2, hopLimit: 1 }))
      .observe();
    expect(findings(observation, 'tx.ttl')[0]).toMatchObject({ profile: 'rfc3768', breaks: ['rfc3768'] });
  });

  it('name the one that is broken and the one that is not', () => {
    const frames = advertisement({ checksum: 'with-pseudo-header' });
    const observation = watch().tap(1, frames).observe({ profile: 'rfc5798' });
    expect(findings(observation, 'tx.checksum.v4')[0]).toMatchObject({
      breaks: ['rfc9568'],
      allows: ['rfc5798'],
      level: 'information',
      verdict: 'pass',
    });
    const strict = watch().tap(1, frames).observe({ profile: 'rfc9568' });
    expect(findings(strict, 'tx.checksum.v4')[0]).toMatchObject({ level: 'should', verdict: 'warning' });
  });

  it('differ about addresses that are derived from the virtual MAC', () => {
    const derived = { ...IPV6, source: 'fe80::200:5eff:fe00:233' };
    const byRfc5798 = watch().tap(1, advertisement(derived)).observe({ profile: 'rfc5798' });
    const byRfc9568 = watch().tap(1, advertisement(derived)).observe({ profile: 'rfc9568' });
    expect(findings(byRfc5798, 'nd.iid')[0]).toMatchObject({ verdict: 'fail', breaks: ['rfc5798'] });
    expect(findings(byRfc9568, 'nd.iid')[0]).toMatchObject({ verdict: 'pass', level: 'information' });
  });
});

describe('the routers of a virtual router', () => {
  it('list the same addresses', () => {
    const watcher = watch();
    active(watcher, R1, 1, 3);
    watcher.tap(3.2, advertisement({ ...R1, priority: 0 }));
    active(watcher, { ...R2, addresses: ['192.0.2.100', '192.0.2.101'] }, 3.82, 6);
    expect(findings(watcher.observe(), 'tx.addresses')[0]).toMatchObject({ router: '192.0.2.2', verdict: 'fail' });
  });

  it('compute checksums the same way', () => {
    const watcher = watch();
    active(watcher, R1, 1, 3);
    watcher.tap(3.2, advertisement({ ...R1, priority: 0 }));
    active(watcher, { ...R2, checksum: 'with-pseudo-header' }, 3.82, 6);
    const messages = findings(watcher.observe(), 'tx.checksum.v4').map(
      ({ message, verdict }) => `${verdict} ${message}`,
    );
    expect(messages.some((message) => /^fail 192.0.2.1 .* 192.0.2.2 with a pseudo-header/.test(message))).toBe(true);
  });

  it('have one owner at most', () => {
    const watcher = watch();
    active(watcher, { ...R1, priority: 255 }, 1, 3);
    active(watcher, { ...R2, priority: 255 }, 20, 23);
    expect(findings(watcher.observe(), 'cfg.one-owner')[0]).toMatchObject({ verdict: 'warning' });
  });

  it('with equal priorities are told', () => {
    const watcher = watch();
    active(watcher, R1, 1, 3);
    active(watcher, { ...R2, priority: 200 }, 20, 23);
    expect(findings(watcher.observe(), 'cfg.same-priority')[0]).toMatchObject({ level: 'information' });
    expect(judged(watch().tap(1, advertisement(R1)).observe(), 'cfg.same-priority')).toBe(false);
  });
});

describe('the period', () => {
  it('is judged by its median, from twenty gaps on', () => {
    const slow = watch();
    active(slow, R1, 1, 31, 1.03);
    expect(findings(slow.observe(), 'tx.period')[0]).toMatchObject({ verdict: 'fail', seen: '1.030 s' });
    const right = watch();
    active(right, R1, 1, 31, 1.005);
    expect(broken(right.observe())).toEqual([]);
    const few = watch();
    active(few, R1, 1, 15, 1.03);
    expect(judged(few.observe(), 'tx.period')).toBe(false);
  });

  it('far from the field makes the field wrong, once', () => {
    const watcher = watch();
    active(watcher, { ...R1, version: 2, interval: 1, checksum: 'message-alone' }, 1, 31, 0.5);
    const observation = watcher.observe();
    expect(findings(observation, 'tx.interval')).toHaveLength(1);
    expect(findings(observation, 'tx.period')).toEqual([]);
  });

  it('forgives advertisements that are missing', () => {
    const watcher = watch();
    active(watcher, R1, 1, 15);
    active(watcher, R1, 17, 40);
    expect(findings(watcher.observe(), 'tx.period')).toMatchObject([{ level: 'information', seen: '1 missing' }]);
  });
});

describe('a message that ends before its fixed fields do', () => {
  it.each([2, 3])('of version %i breaks tx.count, and nothing is said of fields that it lacks', (version) => {
    for (const source of ['192.0.2.1', 'fe80::1']) {
      for (let length = 2; length < 8; length++) {
        const whole = advertisementMessage(
          { version, virtualRouterId: 51, priority: 200, interval: 100, addresses: [] },
          toAddress(source),
          toAddress(source),
        );
        const watcher = watch();
        active(watcher, R1, 1, 3);
        watcher.tap(
          3.5,
          ipFrame({
            source: toAddress(source),
            destination: toAddress(source.includes(':') ? 'ff02::12' : '224.0.0.18'),
            sourceMac: '00:00:5e:00:01:33',
            hopLimit: 255,
            protocol: PROTOCOL_VRRP,
            payload: whole.subarray(0, length),
          }),
        );
        const observation = watcher.observe({ intent: intent({ advertisementIntervalNs: 2e9 }) });
        const said = observation.findings.map(({ requirement, message }) => `${requirement}: ${message}`);
        expect(said.filter((text) => text.includes('-1'))).toEqual([]);
      }
    }
  });
});
