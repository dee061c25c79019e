import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECKSUM_MESSAGE_ALONE, CHECKSUM_WITH_PSEUDO_HEADER } from '../../src/wire/vrrp.ts';
import { requirePeer } from '../peers.ts';
import './needs-lan.ts';
import { buildLan, type Lan, type LanNode } from './lan.ts';
import type { SeenFrame } from './seen-frame.ts';

let lan: Lan;
beforeEach(async () => {
  lan = await buildLan();
});
afterEach(async () => {
  await lan.close();
});

/** One way for advertisements to travel: what a router writes about it, and what is seen of it. */
interface Variant {
  readonly name: string;
  readonly version: 2 | 3;
  readonly interval: string;
  readonly address: string;
  /** Lines of router `own`, whose peer is router `other`. */
  lines(own: number, other: number): readonly string[];
  destination(other: number): string;
  readonly checksum: number;
}

const unicast4 = (own: number, other: number) => [
  `unicast_src_ip 192.0.2.${own}`,
  `unicast_peer { \n 192.0.2.${other} \n }`,
];
const toNeighbor = (other: number) => `192.0.2.${other}`;
const version2 = { version: 2, interval: '1', address: '192.0.2.101/24', checksum: CHECKSUM_MESSAGE_ALONE } as const;
const version3 = {
  version: 3,
  interval: '0.2',
  address: '192.0.2.101/24',
  checksum: CHECKSUM_WITH_PSEUDO_HEADER,
} as const;
const ipv6 = { ...version3, address: 'fe80::51/64' } as const;

const unicast: readonly Variant[] = [
  { ...version2, name: 'unicast, version 2', lines: unicast4, destination: toNeighbor },
  { ...version3, name: 'unicast, version 3, IPv4', lines: unicast4, destination: toNeighbor },
  {
    ...ipv6,
    name: 'unicast, version 3, IPv6, link-local',
    lines: (_own, other) => [`unicast_peer { \n fe80::${other} \n }`],
    destination: (other) => `fe80::${other}`,
  },
  {
    ...ipv6,
    name: 'unicast, version 3, IPv6, global',
    lines: (own, other) => [`unicast_src_ip 2001:db8::${own}`, `unicast_peer { \n 2001:db8::${other} \n }`],
    destination: (other) => `2001:db8::${other}`,
  },
];
const others: readonly Variant[] = [
  {
    ...version2,
    name: 'a password of version 2, too long',
    lines: () => ['authentication { \n auth_type PASS \n auth_pass correct-horse \n }'],
    destination: () => '224.0.0.18',
  },
  {
    ...version3,
    name: 'another group, IPv4',
    lines: () => ['mcast_dst_ip 224.0.0.99'],
    destination: () => '224.0.0.99',
  },
  {
    ...ipv6,
    name: 'another group, IPv6',
    lines: () => ['mcast_dst_ip ff02::99'],
    destination: () => 'ff02::99',
  },
];

type Configured = Pick<Variant, 'version' | 'interval' | 'address'>;

function configuration({ version, interval, address }: Configured, priority: number, lines: readonly string[]): string {
  return `vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version ${version}
    priority ${priority}
    advert_int ${interval}
    use_vmac vrrp.51
    vmac_xmit_base
${lines.map((line) => `    ${line}`).join('\n')}
    virtual_ipaddress {
        ${address}
    }
}
`;
}

const advertises =
  (name: string, since = 0) =>
  (frame: SeenFrame) =>
    frame.node === name && frame.vrrp !== undefined && frame.timeNs > since;

function nodes(): readonly [LanNode, LanNode] {
  const [native, other] = [1, 2].map((number) =>
    lan.node(`r${number}`, [`192.0.2.${number}/24`, `fe80::${number}/64`, `2001:db8::${number}/64`]),
  );
  return [native!, other!];
}

describe.runIf(requirePeer('keepalived'))('with keepalived', () => {
  it.each([...unicast, ...others])(
    'is elected, hands over, preempts and yields: $name',
    async (variant) => {
      const [native, other] = nodes();
      const ours = (priority: number) => configuration(variant, priority, variant.lines(1, 2));
      const theirs = configuration(variant, 150, variant.lines(2, 1));
      const first = lan.router(native, ours(200));
      await lan.until('the native router is Active', advertises('r1'), 15_000);
      const keepalived = lan.keepalived(other, theirs);
      await keepalived.line(/Entering BACKUP STATE/);
      await lan.pass(variant.version === 2 ? 4500 : 1500);
      expect(lan.frames.filter(advertises('r2'))).toEqual([]);

      first.signal('SIGTERM');
      expect(await first.ended).toBe(0);
      const theirFirst = await lan.until('keepalived takes over', advertises('r2'));
      const second = lan.router(native, ours(200));
      const ourSecond = await lan.until('the native router preempts', advertises('r1', theirFirst.timeNs));
      await keepalived.line(/Master received advert .* higher priority 200/);
      second.signal('SIGTERM');
      await second.ended;
      const theirSecond = await lan.until('keepalived takes over again', advertises('r2', ourSecond.timeNs));

      const third = lan.router(native, ours(100));
      await third.line(/ready/);
      await lan.pass(variant.version === 2 ? 4500 : 1500);
      expect(lan.frames.filter(advertises('r1', theirSecond.timeNs + 1_000_000))).toEqual([]);
      keepalived.signal('SIGTERM');
      await third.line(/received 0 priority/);
      const ourThird = await lan.until('the native router takes over', advertises('r1', theirSecond.timeNs));
      await keepalived.ended;
      const again = lan.keepalived(other, theirs);
      await third.line(/received an advertisement with higher priority/, 15_000);

      for (const { vrrp, destination } of lan.frames.filter(advertises('r1'))) {
        expect({ version: vrrp!.version, destination, checksum: vrrp!.checksum }).toEqual({
          version: variant.version,
          destination: variant.destination(2),
          checksum: variant.checksum,
        });
      }
      expect(lan.frames.filter(advertises('r2', ourThird.timeNs))[0]!.destination).toBe(variant.destination(1));
      expect([...first.lines, ...second.lines, ...third.lines].join('\n')).not.toContain('discarded');
      expect([...keepalived.lines, ...again.lines].join('\n')).not.toMatch(/invalid|incorrect|ignoring|expect/i);
    },
    60_000,
  );

  const passwords = (ours: string, theirs: string): readonly [readonly string[], readonly string[]] => [
    ours === '' ? [] : [`authentication { \n auth_type PASS \n auth_pass ${ours} \n }`],
    theirs === '' ? [] : [`authentication { \n auth_type PASS \n auth_pass ${theirs} \n }`],
  ];

  it.each([
    ['other passwords', 'secret', 'Secret', 'authentication-data', /received an invalid passwd/],
    ['a password here alone', 'secret', '', 'authentication-type', /received a 1 auth, expecting 0/],
    ['a password there alone', '', 'secret', 'authentication-type', /received a 0 auth, expecting 1/],
  ])(
    'each discards what the other sends, with %s',
    async (_what, ours, theirs, reason, complaint) => {
      const [native, other] = nodes();
      const [own, foreign] = passwords(ours, theirs);
      const router = lan.router(native, configuration(version2, 200, own));
      const keepalived = lan.keepalived(other, configuration(version2, 150, foreign));
      await router.line(new RegExp(`discarded an advertisement from 192\\.0\\.2\\.2: ${reason}`), 15_000);
      await keepalived.line(complaint);
      await keepalived.line(/Entering MASTER STATE/);
      const start = lan.frames.at(-1)!.timeNs;
      await lan.until('the native router stays Active', advertises('r1', start + 1_000_000_000));
    },
    40_000,
  );
});

describe('the checksum of version 3 over IPv4 (RFC 9568 §5.2.8)', () => {
  it.each([
    ['with the pseudo-header', [], CHECKSUM_WITH_PSEUDO_HEADER, ['v3_checksum_as_v2'], CHECKSUM_MESSAGE_ALONE],
    ['over the message alone', ['v3_checksum_as_v2'], CHECKSUM_MESSAGE_ALONE, [], CHECKSUM_WITH_PSEUDO_HEADER],
  ] as const)(
    'is sent %s, and accepted the other way',
    async (_what, ours, sent, theirs, heard) => {
      const [native, other] = nodes();
      const router = lan.router(native, configuration(version3, 100, ours));
      expect((await lan.until('the first is Active', advertises('r1'))).vrrp!.checksum).toBe(sent);
      const second = lan.router(other, configuration(version3, 200, theirs));
      expect((await lan.until('the second preempts', advertises('r2'))).vrrp!.checksum).toBe(heard);
      await router.line(/received an advertisement with higher priority/);
      expect([...router.lines, ...second.lines].join('\n')).not.toContain('discarded');
    },
    30_000,
  );
});

describe('unicast peers', () => {
  it('are heard alone where sources are checked, and strangers are counted', async () => {
    const [native, other] = nodes();
    const third = lan.node('r3', ['192.0.2.3/24']);
    const lines = ['unicast_peer { \n 192.0.2.2 \n }', 'check_unicast_src'];
    const router = lan.router(native, configuration(version3, 100, lines));
    await lan.until('the native router is Active', advertises('r1'));
    lan.router(third, configuration(version3, 200, ['unicast_peer { \n 192.0.2.1 \n }']));
    await router.line(/discarded an advertisement from 192\.0\.2\.3: unknown-peer/);
    lan.router(other, configuration(version3, 150, ['unicast_peer { \n 192.0.2.1 \n }']));
    await router.line(/received an advertisement with higher priority/);
  }, 30_000);

  it('are heard from within the bounds of their TTL alone', async () => {
    const [native, other] = nodes();
    const router = lan.router(native, configuration(version3, 100, ['unicast_peer { \n 192.0.2.2 min_ttl 64 \n }']));
    await router.line(/ready/);
    const far = ['unicast_ttl 63', 'unicast_peer { \n 192.0.2.1 \n }'];
    lan.router(other, configuration(version3, 200, far));
    await router.line(/discarded an advertisement from 192\.0\.2\.2: ttl/);
    const sent = lan.frames.find(advertises('r2'))!;
    expect([sent.hopLimit, sent.sourceMac]).toEqual([63, '02:00:00:00:00:02']);
  }, 30_000);
});

describe('the source address', () => {
  it('is a fault where it is tracked and the interface does not have it', async () => {
    const [native] = nodes();
    const lines = ['mcast_src_ip 192.0.2.77', 'track_src_ip'];
    const router = lan.router(native, configuration(version3, 200, lines));
    await router.line(/waits for eth0/);
    native.run('ip', 'addr', 'add', '192.0.2.77/24', 'dev', 'eth0');
    const first = await lan.until('an advertisement', advertises('r1'));
    expect(first.source).toBe('192.0.2.77');
    native.run('ip', 'addr', 'del', '192.0.2.77/24', 'dev', 'eth0');
    await router.line(/Entering FAULT STATE \(the interface has no source address\)/);
    await lan.until('priority 0', (frame) => frame.node === 'r1' && frame.vrrp?.priority === 0);
  }, 30_000);
});
