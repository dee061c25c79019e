import { describe, expect, it } from 'vitest';
import type { ConfigurationResult, Transport } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';

interface Written {
  readonly global?: readonly string[];
  readonly version?: 2 | 3;
  readonly address?: string;
}

function read(lines: readonly string[], { global = [], version = 3, address = '192.0.2.1' }: Written = {}) {
  const text = [
    ...['global_defs {', ...global, '}'],
    ...['vrrp_instance VI {', 'interface eth0', 'virtual_router_id 51', `version ${version}`, ...lines],
    ...['virtual_ipaddress {', address, '}', '}'],
  ].join('\n');
  const files = { read: () => '', match: () => [] };
  return parseConfiguration(text, { file: 'k.conf', files });
}

const words = (found: ConfigurationResult['notices']) =>
  found.map((one) => describeConfigurationError(one).replace(/^k\.conf:\d+:\d+: /, ''));

function transport(lines: readonly string[], written: Written = {}): Transport {
  const result = read(lines, written);
  if (!result.ok) throw new Error(words(result.errors).join('\n'));
  return result.configuration.virtualRouters[0]!;
}

function errors(lines: readonly string[], written: Written = {}): readonly string[] {
  const result = read(lines, written);
  return result.ok ? [] : words(result.errors);
}

const IPV6: Written = { address: 'fe80::51' };
const PEER = ['unicast_peer {', '192.0.2.2', '}'];

describe('unicast peers', () => {
  it('are heard with any TTL and sent to with 255, and strangers are heard too, as in keepalived', () => {
    expect(transport([...PEER, 'unicast_src_ip 192.0.2.3'])).toMatchObject({
      sourceAddress: '192.0.2.3',
      unicast: { peers: [{ address: '192.0.2.2', minimumTtl: 0, maximumTtl: 255 }], ttl: 255, checkSource: false },
    });
  });

  it.each([
    ['check_unicast_src of the instance', [...PEER, 'check_unicast_src'], {}],
    ['vrrp_check_unicast_src of global_defs', PEER, { global: ['vrrp_check_unicast_src'] }],
    ['a bound on a TTL', ['unicast_peer {', '192.0.2.2 max_ttl 254', '}'], {}],
  ])('are heard alone with %s', (_what, lines, written) => {
    expect(transport(lines, written).unicast!.checkSource).toBe(true);
  });

  it('have bounds of their own', () => {
    const lines = ['unicast_peer {', '192.0.2.2 min_ttl 3 max_ttl 9', '192.0.2.4', '}', 'unicast_ttl 64'];
    const { peers, ttl } = transport(lines).unicast!;
    expect(ttl).toBe(64);
    expect(peers.map(({ minimumTtl, maximumTtl }) => [minimumTtl, maximumTtl])).toEqual([
      [3, 9],
      [0, 255],
    ]);
  });

  it('make a virtual MAC that is used for hosts alone', () => {
    const result = read([...PEER, 'use_vmac']);
    expect(words(result.notices)).toContain(
      'unicast with use_vmac goes by the interface itself: vmac_xmit_base is set',
    );
    expect(transport([...PEER, 'use_vmac'])).toMatchObject({ virtualMac: { transmitOnBase: true } });
  });

  it.each([
    [['unicast_peer {', '2001:db8::2', '}'], 'a unicast peer must be of the family of the virtual addresses, ipv4'],
    [['unicast_peer {', '224.0.0.18', '}'], '"224.0.0.18" is not the address of a peer (write its IP address)'],
    [['unicast_peer {', '192.0.2.2', '192.0.2.2', '}'], 'the peer 192.0.2.2 is there twice (remove one)'],
    [['unicast_peer {', '192.0.2.2 min_ttl 9 max_ttl 3', '}'], 'min_ttl is greater than max_ttl (swap them)'],
    [['unicast_peer {', '192.0.2.2 min_ttl 256', '}'], 'min_ttl needs a whole number from 0 to 255'],
    [['unicast_peer {', '192.0.2.2 ttl 3', '}'], '"ttl" is no option of a peer (min_ttl N or max_ttl N)'],
    [['unicast_peer {', '}'], 'there is no peer (add unicast_peer { ADDRESS … })'],
    [['unicast_fault_no_peer'], 'there is no peer (add unicast_peer { ADDRESS … })'],
    [[...PEER, 'unicast_ttl 0'], 'unicast_ttl needs a whole number from 1 to 255, not "0"'],
    [[...PEER, 'unicast_src_ip 192.0.2.2'], "192.0.2.2 is this router's own address (remove it)"],
    [[...PEER, 'mcast_dst_ip 224.0.0.99'], 'mcast_dst_ip has no place beside unicast_peer (remove one of them)'],
    [[...PEER, 'strict_mode'], 'strict mode has no unicast peers (remove one of them)'],
    [['old_unicast_checksum'], 'old_unicast_checksum is not honoured (remove it, or write never after it)'],
  ])('%j is refused', (lines, message) => {
    expect(errors(lines)).toContain(message);
  });
});

describe('the multicast group', () => {
  it("is the RFC's, and said nothing of, unless another is written", () => {
    expect(transport([]).group).toBeUndefined();
    expect(transport(['mcast_dst_ip 224.0.0.18']).group).toBeUndefined();
    expect(transport(['mcast_dst_ip 224.0.0.99']).group).toBe('224.0.0.99');
  });

  it("is the instance's before that of its family in global_defs", () => {
    const global = ['vrrp_mcast_group4 239.1.1.1', 'vrrp_mcast_group6 ff02::99'];
    expect(transport([], { global }).group).toBe('239.1.1.1');
    expect(transport([], { global, ...IPV6 }).group).toBe('ff02::99');
    expect(transport(['mcast_dst_ip 224.0.0.99'], { global }).group).toBe('224.0.0.99');
  });

  it.each([
    [['mcast_dst_ip 192.0.2.9'], {}, '"192.0.2.9" is no multicast group'],
    [['mcast_dst_ip ff05::12'], IPV6, '"ff05::12" is not a group of the link (write one that begins with ff02:)'],
    [['mcast_dst_ip ff02::99'], {}, 'mcast_dst_ip must be of the family of the virtual addresses, ipv4'],
    [[], { global: ['vrrp_mcast_group4 ff02::99'] }, '"ff02::99" is no IPv4 multicast group'],
  ])('%j is refused', (lines, written, message) => {
    expect(errors(lines, written)).toContain(message);
  });
});

describe('authentication', () => {
  const block = (...lines: string[]) => ['authentication {', ...lines, '}'];
  const good = block('auth_type PASS', 'auth_pass correct-horse');

  it('is a password of at most 8 octets; what is more is cut off, and said', () => {
    const result = read(good, { version: 2 });
    expect(words(result.notices)).toContain('auth_pass is truncated to 8 characters');
    expect(transport(good, { version: 2 }).password).toBe('correct-');
  });

  it('is none in version 3, and that is said', () => {
    expect(transport(good).password).toBeUndefined();
    expect(words(read(good).notices)).toContain('authentication is ignored: version 3 has none');
  });

  it('is for version 2 in v2/v3 mode', () => {
    expect(transport([...good, 'v2_v3_mode'])).toMatchObject({ password: 'correct-', alsoVersion2: true });
  });

  it.each([
    [block('auth_type AH', 'auth_pass x'), 'auth_type AH is not honoured (use PASS, or nothing)'],
    [block('auth_type MD5', 'auth_pass x'), 'auth_type needs PASS, not "MD5"'],
    [block('auth_type PASS'), 'authentication needs auth_type and auth_pass (add what is missing)'],
    [block('auth_pass x'), 'authentication needs auth_type and auth_pass (add what is missing)'],
    [['authentication PASS'], 'authentication needs a block (write { auth_type PASS … } after it)'],
    [[...good, 'strict_mode'], 'strict mode has no authentication (remove one of them)'],
  ])('%j is refused', (lines, message) => {
    expect(errors(lines, { version: 2 })).toContain(message);
  });
});

describe('v2_v3_mode', () => {
  it.each([[{ version: 2 } as const], [IPV6]])('is refused where it cannot be: %j', (written) => {
    expect(errors(['v2_v3_mode'], written)).toEqual([
      'v2_v3_mode is for version 3 over IPv4 (add version 3, or remove v2_v3_mode)',
    ]);
  });
});

describe('other keywords of the transport', () => {
  it('higher_prio_send_advert is the global one unless the instance says otherwise, and none in strict mode', () => {
    const global = ['vrrp_higher_prio_send_advert'];
    expect(transport([]).advertiseBeforeYield).toBe(false);
    expect(transport([], { global }).advertiseBeforeYield).toBe(true);
    expect(transport(['higher_prio_send_advert off'], { global }).advertiseBeforeYield).toBe(false);
    expect(errors(['higher_prio_send_advert', 'strict_mode'])).toContain(
      'strict mode has no higher_prio_send_advert (remove one of them)',
    );
  });

  it('track_src_ip is for an address that is written', () => {
    expect(transport(['mcast_src_ip 192.0.2.3', 'track_src_ip']).trackSourceAddress).toBe(true);
    expect(transport(['track_src_ip']).trackSourceAddress).toBe(false);
    expect(words(read(['track_src_ip']).notices)).toContain('track_src_ip is ignored: there is no mcast_src_ip');
  });
});
