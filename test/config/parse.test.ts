import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigurationResult, Defaults, VirtualRouterConfiguration } from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import type { ConfigurationFiles } from '../../src/config/preprocess.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';

/** Files that are there, by path; a pattern matches the path that it spells. */
function files(texts: Readonly<Record<string, string>>): ConfigurationFiles {
  return {
    read(path) {
      const text = texts[path];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
    match: (pattern) => Object.keys(texts).filter((path) => path === pattern),
  };
}

const noFiles = files({});

function read(text: string, options: { defaults?: Defaults; id?: string } = {}): ConfigurationResult {
  const { defaults = 'keepalived', id = 'here' } = options;
  return parseConfiguration(text, { file: '/etc/k.conf', files: noFiles, defaults, configurationId: id });
}

function routers(text: string, options = {}): readonly VirtualRouterConfiguration[] {
  const result = read(text, options);
  if (!result.ok) throw new Error(result.errors.map(describeConfigurationError).join('\n'));
  return result.configuration.virtualRouters;
}

function errors(text: string, options = {}): string[] {
  const result = read(text, options);
  return result.ok ? [] : result.errors.map(describeConfigurationError);
}

function notices(text: string, options = {}): string[] {
  return read(text, options).notices.map(describeConfigurationError);
}

/** A vrrp_instance that can be, with more lines. */
function instance(...lines: string[]): string {
  const usual = ['interface eth0', 'virtual_router_id 51'];
  const addresses = lines.some((line) => line.includes('virtual_ipaddress {'))
    ? []
    : ['virtual_ipaddress { 192.0.2.1 }'];
  return ['vrrp_instance VI {', ...usual, ...lines, ...addresses, '}'].join('\n');
}

const NOTE_TRANSMIT_ON_BASE = `vrrp_instance instance1 {
	state BACKUP
	interface eth0
	virtual_router_id 250
	use_vmac
	vmac_xmit_base         # Transmit VRRP adverts over physical interface
	priority 150
	advert_int 1
	virtual_ipaddress {
		10.0.0.254
	}
}
`;
const NOTE_NOTIFY = `vrrp_instance instance1 {
	state BACKUP
	interface eth0
	virtual_router_id 250
	use_vmac
	priority 150
	advert_int 1
	virtual_ipaddress {
		10.0.0.254
	}
	notify_master "/usr/local/bin/vmac_tweak.sh vrrp.250"
}
`;

describe('the configurations of the note on virtual MACs', () => {
  it('reads the one that transmits on the base interface', () => {
    expect(read(NOTE_TRANSMIT_ON_BASE).notices).toEqual([]);
    expect(routers(NOTE_TRANSMIT_ON_BASE)).toMatchObject([
      {
        name: 'instance1',
        initialState: 'backup',
        interfaceName: 'eth0',
        virtualRouterId: 250,
        version: 2,
        family: 'ipv4',
        priority: 150,
        advertisementIntervalNs: 1e9,
        preempt: true,
        acceptMode: true,
        virtualMac: { interfaceName: 'vrrp.250', macAddress: '00:00:5e:00:01:fa', transmitOnBase: true },
        addresses: [{ address: '10.0.0.254', line: 10, column: 3 }],
      },
    ]);
  });

  it('reads the one that notifies', () => {
    expect(routers(NOTE_NOTIFY)).toMatchObject([
      {
        virtualMac: { interfaceName: 'vrrp.250', transmitOnBase: false },
        notify: { active: { program: '/usr/local/bin/vmac_tweak.sh', arguments: ['vrrp.250'] } },
      },
    ]);
  });
});

describe('the syntax', () => {
  it('takes blocks on one line, and braces on lines of their own', () => {
    const text = 'vrrp_instance A\n{\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress\n{\n192.0.2.1\n}\n}';
    expect(routers(text)[0]).toMatchObject({ name: 'A', addresses: [{ address: '192.0.2.1' }] });
    expect(
      routers('vrrp_instance B { interface e\nvirtual_router_id 1\nvirtual_ipaddress { 192.0.2.1 } }'),
    ).toHaveLength(1);
  });

  it('takes both comments, anywhere, but not inside quotes', () => {
    const text = `! first\n# second\nglobal_defs {\nrouter_id "a#b!c" # rest\n}\n${instance('priority 9!0')}`;
    const result = read(text);
    expect(result.ok && result.configuration.routerId).toBe('a#b!c');
    expect(routers(text)[0]!.priority).toBe(9);
  });

  it('joins continued lines, and still knows where each word stood', () => {
    expect(routers(instance('prio\\', 'priority \\', '  77').replace('prio\\\n', ''))[0]!.priority).toBe(77);
    expect(errors(instance('priority \\', '  999'))[0]).toMatch(/^\/etc\/k\.conf:5:3: priority needs a whole number/);
  });

  it('joins quoted parts of a word and reads escapes in them', () => {
    const text = `global_defs {\nrouter_id abcd" efg \\x41\\101\\t"mnop\n}\n${instance()}`;
    const result = read(text);
    expect(result.ok && result.configuration.routerId).toBe('abcd efg AA\tmnop');
  });

  it('substitutes definitions, recursively and when they are used', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration, not of this language
    const text = `$BASE=192.0.$NET\n$BASE=192.0.\${NET}\n$NET=2\n$IF=eth7\n${instance('virtual_ipaddress {\n${BASE}.9\n}').replace('eth0', '$IF')}`;
    expect(routers(text)[0]).toMatchObject({ interfaceName: 'eth7', addresses: [{ address: '192.0.2.9' }] });
  });

  it('substitutes definitions of several lines as lines', () => {
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration, not of this language
      '$VI= \\\nvrrp_instance V${N} { \\\ninterface eth0 \\\nvirtual_router_id ${N} \\\nvirtual_ipaddress { \\\n192.0.2.${N} \\\n} \\\n}\n$N=1\n$VI\n$N=2\n$VI\n';
    expect(routers(text).map(({ name, virtualRouterId }) => [name, virtualRouterId])).toEqual([
      ['V1', 1],
      ['V2', 2],
    ]);
  });

  it('decides conditional lines by the configuration id', () => {
    const text = instance('@here priority 10', '@there priority 20', '@^there nopreempt');
    expect(routers(text)[0]).toMatchObject({ priority: 10, preempt: false });
    expect(routers(text, { id: 'there' })[0]).toMatchObject({ priority: 20, preempt: true });
  });

  it('ends where a definition contains itself', () => {
    const [first] = errors(`$A=x \${A} \${A}\n$A\n${instance()}`);
    expect(first).toMatch(/^\/etc\/k\.conf:2:1: .*\(a definition that contains itself does this\)$/);
  });

  it('includes files, and names them in complaints', () => {
    const texts = {
      '/etc/conf.d/one.conf': `${instance('priority 0')}\ninclude two.conf\n`,
      '/etc/conf.d/two.conf': '}',
    };
    const result = parseConfiguration('include conf.d/one.conf', { file: '/etc/k.conf', files: files(texts) });
    expect(result.ok ? [] : result.errors.map(describeConfigurationError)).toEqual([
      '/etc/conf.d/two.conf:1:1: a } that closes nothing (remove it)',
      '/etc/conf.d/one.conf:4:10: priority needs a whole number from 1 to 255, not "0"',
    ]);
  });

  it('ends where files include each other', () => {
    const texts = { '/etc/k.conf': 'include k.conf' };
    const result = parseConfiguration(texts['/etc/k.conf'], { file: '/etc/k.conf', files: files(texts) });
    expect(result.ok ? '' : result.errors[0]!.message).toMatch(/^files include each other more than/);
  });
});

describe('the keywords of a vrrp_instance', () => {
  it.each([
    ['state MASTER', { initialState: 'active' }],
    ['priority 255', { priority: 255, acceptMode: true }],
    ['version 3', { version: 3, ipv4Checksum: 'with-pseudo-header' }],
    ['version 3\nadvert_int 0.01', { advertisementIntervalNs: 10_000_000 }],
    ['version 3\nadvert_int 40.95', { advertisementIntervalNs: 40_950_000_000 }],
    ['advert_int 255', { advertisementIntervalNs: 255e9 }],
    ['nopreempt', { preempt: false }],
    ['preempt_delay 4.12', { preemptDelayNs: 4_120_000_000 }],
    ['use_vmac vmac1', { virtualMac: { interfaceName: 'vmac1', macAddress: '00:00:5e:00:01:33' } }],
    ['use_vmac name vmac1 02:0:0:0:0', { virtualMac: { interfaceName: 'vmac1', macAddress: '02:00:00:00:00:33' } }],
    ['use_vmac 02:00:00:00:00:99', { virtualMac: { interfaceName: 'vrrp.51', macAddress: '02:00:00:00:00:99' } }],
    ['no_accept', { acceptMode: false }],
    ['mcast_src_ip 192.0.2.77', { sourceAddress: '192.0.2.77' }],
    ['v3_checksum_as_v2', { ipv4Checksum: 'message-alone' }],
    ['down_timer_adverts 5', { downTimerAdvertisements: 5 }],
    ['lower_prio_no_advert', { immediateAssertion: false }],
    [
      'garp_master_repeat 2\ngarp_master_delay 1',
      { announcements: { repeat: 2, delayNs: 1e9, lowerPriorityRepeat: 2 } },
    ],
    ['dont_track_primary', { ignoreInterfaceFaults: true }],
    ['notify "/bin/x \'a b\' c" nobody', { notify: { any: { arguments: ['a b', 'c'], user: { user: 'nobody' } } } }],
    [
      'virtual_ipaddress {\n192.0.2.5/24 brd 192.0.2.255 dev eth0 scope link label eth0:1\n192.0.2.6\n}',
      {
        addresses: [
          { address: '192.0.2.5', prefixLength: 24, broadcast: '192.0.2.255', scope: 'link', label: 'eth0:1' },
          { address: '192.0.2.6' },
        ],
      },
    ],
  ])('reads %s', (line, expected) => {
    expect(routers(instance(line))[0]).toMatchObject(expected);
  });

  it('knows IPv6 by the addresses, and gives it version 3 and a MAC and a name of its own', () => {
    const text = `${instance('use_vmac')}\n${instance('use_vmac', 'virtual_ipaddress {\nfe80::51\n2001:db8::1/64\n}').replace('VI', 'VI6')}`;
    expect(routers(text)).toMatchObject([
      { family: 'ipv4', version: 2, virtualMac: { interfaceName: 'vrrp.51', macAddress: '00:00:5e:00:01:33' } },
      { family: 'ipv6', version: 3, virtualMac: { interfaceName: 'vrrp6.51', macAddress: '00:00:5e:00:02:33' } },
    ]);
  });

  it.each([
    ['priority 256', '4:10: priority needs a whole number from 1 to 255, not "256"'],
    ['priority', '4:1: priority needs a value'],
    ['priority 1 2', '4:12: "2" is one value too many for priority (remove it)'],
    ['advert_int fast', '4:12: advert_int needs seconds from 0.01 to 255, not "fast"'],
    ['version 3\nadvert_int 41', '5:12: advert_int of version 3 is at most 40.95 seconds'],
    ['prioritty 3', '4:1: "prioritty" is not a keyword of vrrp_instance (did you mean priority?)'],
    ['track_script {\nx\n}', '5:1: there is no vrrp_script "x" (write vrrp_script x { … })'],
    ['track_interface {\neth1 weight 254\n}', '5:13: weight needs a whole number from -253 to 253'],
    ['track_bfd {\nx\n}', '4:1: track_bfd is not honoured (the router speaks no BFD)'],
    ['virtual_ipaddress {\n192.0.2.256\n}', '5:1: "192.0.2.256" is not an IP address with or without /MASK'],
    ['virtual_ipaddress {\n192.0.2.2/33\n}', '5:1: the mask of "192.0.2.2/33" is not a number from 0 to 32'],
    [
      'virtual_ipaddress {\n192.0.2.2 dev eth1\n}',
      '5:15: a virtual address on "eth1" is not honoured (virtual addresses go on eth0: remove dev)',
    ],
    [
      'virtual_ipaddress {\n192.0.2.2\n2001:db8::1\n}',
      '6:1: the addresses of a vrrp_instance are of one family (write a vrrp_instance for each family)',
    ],
    ['vmac_xmit_base', '4:1: vmac_xmit_base needs use_vmac'],
    [
      'use_vmac a_name_that_is_too_long',
      '4:10: use_vmac needs the name of an interface, a MAC address, or nothing, not "a_name_that_is_too_long"',
    ],
    ['notify_master ./script.sh', '4:15: "./script.sh" is not a script (write its full path, beginning with /)'],
    ['notify_master "/bin/x', '4:15: the string that begins here has no closing " (add ")'],
    ['mcast_src_ip 2001:db8::1', '4:14: the source address must be of the family of the virtual addresses, ipv4'],
  ])('refuses %s by place', (line, message) => {
    expect(errors(instance(line))).toContain(`/etc/k.conf:${message}`);
  });

  it('names what is missing', () => {
    expect(errors('vrrp_instance V {\n}')).toEqual([
      '/etc/k.conf:1:15: vrrp_instance V needs interface (add interface NAME)',
      '/etc/k.conf:1:15: vrrp_instance V needs virtual_router_id (add virtual_router_id 1…255)',
      '/etc/k.conf:1:15: vrrp_instance V needs an address (add virtual_ipaddress { ADDRESS })',
    ]);
    expect(errors('')).toEqual(['/etc/k.conf:1:1: there is no vrrp_instance (write vrrp_instance NAME { … })']);
    expect(errors(`${instance()}\nvrrp_instance W {`)).toContain(
      '/etc/k.conf:6:1: the block of vrrp_instance is never closed (add })',
    );
  });

  it('refuses a VRID that is there twice on an interface, but not for the other family', () => {
    expect(errors(`${instance()}\n${instance().replace('VI', 'VJ')}`)[0]).toMatch(
      /^\/etc\/k\.conf:6:15: virtual_router_id 51 is used twice/,
    );
  });

  it('tells what it ignores, once, and what it adjusts', () => {
    const text = `global_defs {\nsmtp_server 192.0.2.1\nnotification_email {\na@b\n}\n}\nvirtual_server 192.0.2.1 80 {\ndelay_loop 6\n}\nvirtual_server 192.0.2.2 80 {\n}\n${instance('advert_int 0.1')}`;
    expect(notices(text)).toEqual([
      '/etc/k.conf:2:1: smtp_server is ignored: the router sends no mail',
      '/etc/k.conf:3:1: notification_email is ignored: the router sends no mail',
      '/etc/k.conf:7:1: virtual_server is ignored: the router does no load balancing',
      '/etc/k.conf:15:12: version 2 counts whole seconds: advert_int is rounded to 1',
    ]);
    expect(notices(instance('state MASTER', 'nopreempt'))[0]).toMatch(
      /:5:1: nopreempt is ignored where state is MASTER/,
    );
  });
});

describe('whose defaults count', () => {
  it('takes the RFC’s where they are asked for', () => {
    expect(routers(instance(), { defaults: 'rfc9568' })[0]).toMatchObject({
      version: 3,
      acceptMode: false,
      ipv4Checksum: 'message-alone',
      immediateAssertion: true,
      announcements: { repeat: 1, delayNs: 0 },
    });
  });

  it('takes those of the older RFCs, which differ in what an Active router and an owner do', () => {
    const silent = { acceptMode: false, immediateAssertion: false, ownerIgnoresAdvertisements: true };
    expect(routers(instance(), { defaults: 'rfc5798' })[0]).toMatchObject({
      ...silent,
      version: 3,
      ipv4Checksum: 'with-pseudo-header',
    });
    expect(routers(instance(), { defaults: 'rfc3768' })[0]).toMatchObject({ ...silent, version: 2 });
    const overruled = instance('owner_ignores_adverts off', 'lower_prio_no_advert off', 'v3_checksum_as_v2');
    expect(routers(overruled, { defaults: 'rfc5798' })[0]).toMatchObject({
      immediateAssertion: true,
      ownerIgnoresAdvertisements: false,
      ipv4Checksum: 'message-alone',
    });
  });

  it('takes the RFC’s under vrrp_strict, and refuses what it forbids', () => {
    const strict = 'global_defs {\nvrrp_strict\n}\n';
    expect(routers(strict + instance('version 3'))[0]).toMatchObject({
      acceptMode: false,
      ipv4Checksum: 'message-alone',
    });
    expect(errors(strict + instance('use_vmac', 'vmac_xmit_base'))[0]).toMatch(
      /:8:1: vmac_xmit_base breaks RFC 9568 7\.2/,
    );
  });

  it('lets an instance overrule global_defs', () => {
    const text = `global_defs {\nvrrp_version 3\nvrrp_garp_master_repeat 3\nvrrp_min_garp\n}\n${instance('garp_master_repeat 4')}`;
    expect(routers(text)[0]).toMatchObject({ version: 3, announcements: { repeat: 4, delayNs: 0 } });
  });
});

describe('whatever the text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'vrrp_instance',
      'global_defs',
      '{',
      '}',
      '"',
      "'",
      '\\',
      '\n',
      ' ',
      '$A=',
      '$A',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration, not of this language
      '${A}',
      '#',
      '!',
      '@x',
      'include',
    ),
    fc.constantFrom(
      'virtual_ipaddress',
      '192.0.2.1/24',
      'interface eth0',
      'virtual_router_id 1',
      'priority',
      'advert_int',
      'use_vmac',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );

  it('never throws, and every complaint has a place inside the file', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const result = read(text);
        const count = text.split('\n').length;
        for (const { line, column, message } of [...(result.ok ? [] : result.errors), ...result.notices]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(count);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
        expect(result.ok || result.errors.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
