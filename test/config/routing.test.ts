import { describe, expect, it } from 'vitest';
import { filesOnDisk } from '../../src/config/load.ts';
import { parseConfiguration } from '../../src/config/parse.ts';

function parse(inside: string, outside = '') {
  const text = `${outside}\nvrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1\n}\n${inside}\n}\n`;
  return parseConfiguration(text, { file: 'k.conf', files: filesOnDisk });
}

function messages(inside: string, outside = ''): string[] {
  const result = parse(inside, outside);
  return result.ok ? [] : result.errors.map(({ message, cure }) => `${message}${cure ? ` (${cure})` : ''}`);
}

function routes(...lines: readonly string[]): unknown {
  const result = parse(`virtual_routes {\n${lines.join('\n')}\n}`);
  expect(result.ok ? [] : result.errors).toEqual([]);
  return result.ok ? result.configuration.virtualRouters[0]!.routes : undefined;
}

function rules(...lines: readonly string[]): unknown {
  const result = parse(`virtual_rules {\n${lines.join('\n')}\n}`);
  expect(result.ok ? [] : result.errors).toEqual([]);
  return result.ok ? result.configuration.virtualRouters[0]!.rules : undefined;
}

describe('virtual_routes', () => {
  it('are read as keepalived reads them', () => {
    expect(
      routes(
        'src 192.0.2.1 to 198.51.100.0/24 via 192.0.2.254 dev eth1 scope link table 100 metric 7',
        '203.0.113.9 gw 192.0.2.254 onlink mtu 1400',
        'default via 2001:db8::254 dev eth1',
        'to default dev eth1 tab main',
        'unreachable 10.0.0.0/8',
      ),
    ).toMatchObject([
      {
        destination: { address: '198.51.100.0', prefixLength: 24 },
        source: '192.0.2.1',
        gateway: '192.0.2.254',
        device: 'eth1',
        scope: 'link',
        table: 100,
        metric: 7,
      },
      { destination: { address: '203.0.113.9', prefixLength: 32 }, onLink: true, mtu: 1400 },
      { destination: { address: '::', prefixLength: 0 }, gateway: '2001:db8::254' },
      { destination: { address: '0.0.0.0', prefixLength: 0 }, device: 'eth1', table: 254 },
      { type: 'unreachable', destination: { address: '10.0.0.0', prefixLength: 8 } },
    ]);
  });

  it.each([
    ['198.51.100.0/33 dev eth0', '"198.51.100.0/33" is not an IP address with or without /MASK'],
    ['198.51.100.0/24 via 192.0.2.254 or 192.0.2.253', '"or" of a route is not honoured'],
    ['198.51.100.0/24 via', '"via" lacks its value'],
    ['via 192.0.2.254', 'a route needs a destination (ADDRESS/MASK or default)'],
    ['198.51.100.0/24 via 2001:db8::1', 'the addresses of a route are of one family'],
    ['198.51.100.0/24 table blue', '"blue" is no table of routes (write its number, main, local or default)'],
    ['198.51.100.0/24 dev eth0 realms 4', '"realms" of a route is not honoured'],
    ['blackhole 198.51.100.0/24 dev eth0', 'a blackhole route leads nowhere (remove via and dev)'],
    ['198.51.100.0/24 metric -1', 'metric needs a whole number from 0 to 4294967295, not "-1"'],
  ])('refuse %s by name', (line, message) => {
    expect(messages(`virtual_routes {\n${line}\n}`)).toEqual([message]);
  });
});

describe('virtual_rules', () => {
  it('are read as keepalived reads them', () => {
    expect(
      rules(
        'from 192.0.2.0/24 to 198.51.100.1 table 7 preference 40',
        'not iif eth0 oif eth1 fwmark 0x10/0xff lookup main order 41',
        'inet6 blackhole priority 42',
        'from 2001:db8::/32 table 9 suppress_prefixlength 0',
      ),
    ).toMatchObject([
      {
        family: 4,
        source: { address: '192.0.2.0', prefixLength: 24 },
        destination: { address: '198.51.100.1', prefixLength: 32 },
        table: 7,
        priority: 40,
        inverted: false,
        action: 'table',
      },
      { family: 4, inverted: true, inputInterface: 'eth0', outputInterface: 'eth1', mark: { value: 16, mask: 255 } },
      { family: 6, action: 'blackhole', priority: 42 },
      { family: 6, suppressPrefixLength: 0 },
    ]);
  });

  it.each([
    ['from 192.0.2.0/24', 'a rule needs a table (table NUMBER, or blackhole, unreachable, prohibit)'],
    ['from 192.0.2.0/24 to 2001:db8::1 table 4', 'the addresses of a rule are of one family'],
    ['from 192.0.2.0/24 goto 5', '"goto" of a rule is not honoured'],
    ['fwmark x table 4', '"x" is no mark (NUMBER or NUMBER/MASK)'],
  ])('refuse %s by name', (line, message) => {
    expect(messages(`virtual_rules {\n${line}\n}`)).toEqual([message]);
  });
});

describe('static_ipaddress, static_routes and static_rules', () => {
  it('name their interface, and belong to nobody', () => {
    const result = parse(
      '',
      'static_ipaddress {\n192.0.2.9/24 brd 192.0.2.255 dev eth1\n}\nstatic_routes {\n10.0.0.0/8 via 192.0.2.254\n}\nstatic_rules {\nto 10.0.0.0/8 table 5\n}\n',
    );
    expect(result).toMatchObject({
      ok: true,
      configuration: {
        staticAddresses: [{ address: '192.0.2.9', prefixLength: 24, broadcast: '192.0.2.255', device: 'eth1' }],
        staticRoutes: [{ destination: { address: '10.0.0.0', prefixLength: 8 }, gateway: '192.0.2.254' }],
        staticRules: [{ table: 5, destination: { address: '10.0.0.0', prefixLength: 8 } }],
      },
    });
    expect(messages('', 'static_ipaddress {\n192.0.2.9/24\n}\n')).toEqual([
      '192.0.2.9/24 of static_ipaddress needs an interface (add dev NAME)',
    ]);
    expect(messages('', 'static_routes {\n10.0.0.0/8\n}\n')).toEqual([
      'a static route needs a gateway or an interface (add via or dev)',
    ]);
  });
});
