import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConfigurationResult,
  DEFAULTS,
  type Defaults,
  type RouterConfiguration,
} from '../../src/config/configuration.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { printConfiguration } from '../../src/config/print.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';
import { requirePeer } from '../peers.ts';

function read(text: string, defaults: Defaults = 'keepalived'): ConfigurationResult {
  return parseConfiguration(text, { file: 'k.conf', files: { read: () => '', match: () => [] }, defaults });
}

function configuration(text: string, defaults: Defaults = 'keepalived'): RouterConfiguration {
  const result = read(text, defaults);
  if (!result.ok) throw new Error(`${result.errors.map(describeConfigurationError).join('\n')}\n${text}`);
  return result.configuration;
}

/** Without places, which the printed text has others of. */
function meaning(value: unknown): unknown {
  const text = JSON.stringify(value, (key, one) => (['file', 'line', 'column'].includes(key) ? undefined : one));
  return JSON.parse(text);
}

/** Some lines of several, in the order given. */
const some = (...lines: readonly fc.Arbitrary<string>[]): fc.Arbitrary<readonly string[]> =>
  fc.tuple(...lines.map((line) => fc.option(line, { nil: '' }))).map((chosen) => chosen.filter((line) => line !== ''));
const integer = (keyword: string, min: number, max: number) => fc.integer({ min, max }).map((n) => `${keyword} ${n}`);
const seconds = (keyword: string, max: number) =>
  fc.integer({ min: 1, max: max * 1000 }).map((milliseconds) => `${keyword} ${milliseconds / 1000}`);
const one = (...texts: readonly string[]) => fc.constantFrom(...texts);

const command = one(
  '/bin/true',
  '"/usr/local/bin/vmac_tweak.sh vrrp.250"',
  `"/bin/x 'two words' it\\"s"`,
  '"/bin/x \\044HOME # !"',
  '/bin/x nobody nogroup',
);
const blockOf = (keyword: string, ...entries: readonly string[]) =>
  fc.subarray([...entries]).map((chosen) => [`${keyword} {`, ...chosen, '}'].join('\n'));

const globals = some(
  one('router_id here', 'router_id "a \\"b\\" $c"'),
  integer('vrrp_rt_priority', 1, 99),
  seconds('vrrp_startup_delay', 100),
  seconds('vrrp_garp_interval', 1),
  one('vrrp_notify_fifo /run/fifo nobody\nvrrp_notify_fifo_script /bin/cat', 'notify_fifo /run/other'),
  one('script_user root root', 'enable_script_security'),
  one('vrrp_min_garp', 'vrrp_skip_check_adv_addr', 'vrrp_lower_prio_no_advert'),
  one('vrrp_higher_prio_send_advert', 'vrrp_check_unicast_src', 'vrrp_notify_priority_changes'),
  one('vrrp_mcast_group4 224.0.0.99', 'vrrp_mcast_group6 ff02::99'),
  integer('vrrp_down_timer_adverts', 1, 9),
  one('dynamic_interfaces', 'vrrp_strict', 'vrrp_version 3', 'vmac_prefix vm'),
  one(
    'vrrp_garp_master_delay 3\nvrrp_garp_master_repeat 2',
    'vrrp_garp_lower_prio_repeat 4\nvrrp_garp_lower_prio_delay 7',
  ),
);
const common = some(
  one('state MASTER', 'state BACKUP'),
  integer('priority', 1, 255),
  one('nopreempt', 'preempt'),
  seconds('preempt_delay', 1000),
  integer('down_timer_adverts', 1, 100),
  one('use_vmac', 'use_vmac vmac1', 'use_vmac name x.1 02:00:00:00:00:77', 'use_vmac 02:00:00:00:01'),
  one('accept', 'no_accept'),
  one('dont_track_primary', 'promote_secondaries'),
  seconds('garp_master_delay', 10),
  integer('garp_master_repeat', 1, 5),
  integer('garp_lower_prio_repeat', 0, 5),
  seconds('garp_master_refresh', 10),
  one('skip_check_adv_addr on', 'lower_prio_no_advert off', 'higher_prio_send_advert'),
  command.map((text) => `notify_master ${text}`),
  command.map((text) => `notify ${text}`),
  one('notify_backup', 'notify_fault', 'notify_stop', 'notify_master_rx_lower_pri').map((word) => `${word} /bin/true`),
  one('strict_mode on', 'strict_mode off', 'owner_ignores_adverts', 'notify_priority_changes on'),
  blockOf('track_interface', 'eth1', 'eth2 weight -3', 'eth3 weight 4 reverse'),
  blockOf('track_script', 'one', '"two words" weight -9 reverse', '"@odd" weight 3'),
  blockOf('track_file', 'file1', '"include" weight 3 reverse'),
  blockOf('track_process', 'p1 weight 0', 'p2 weight 3 noreverse'),
);
const of4 = some(
  one('version 2', 'version 3', 'version 3\nv2_v3_mode', 'version 3\nv3_checksum_as_v2'),
  integer('advert_int', 1, 40),
  one('authentication {\nauth_type PASS\nauth_pass "a b\\"#$"\n}'),
  one(
    'mcast_src_ip 192.0.2.7\ntrack_src_ip',
    'mcast_dst_ip 224.0.0.77',
    'unicast_peer {\n192.0.2.2\n192.0.2.3\n}\nunicast_ttl 9',
    'unicast_src_ip 192.0.2.8\nunicast_peer {\n192.0.2.2 min_ttl 3\n}',
    'check_unicast_src\nunicast_peer {\n192.0.2.2\n}',
  ),
  one('virtual_ipaddress_excluded {\n198.51.100.1/32\n}'),
  one('virtual_routes {\n198.51.100.0/24 via 192.0.2.9 metric 3 table 7\nblackhole 10.0.0.0/8\ndefault\n}'),
  one('virtual_rules {\nnot from 10.0.0.0/8 fwmark 3/7 table 9 priority 5\nto 10.1.0.0/16 blackhole\n}'),
);
const of6 = some(
  integer('advert_int', 1, 40),
  one(
    'router_advertisement {\n}',
    'router_advertisement {\nmax_interval 5.5\nmtu 1400\nother\nprefix 2001:db8::/64 {\nautonomous off\nvalid_lifetime infinity\n}\n}',
  ),
  one('mcast_dst_ip ff02::77', 'unicast_peer {\nfe80::2\n2001:db8::2 max_ttl 250\n}'),
);

const definitions = `vrrp_script one { \n script /bin/true \n }
vrrp_script "two words" { \n script "/bin/x 'a b'" nobody \n interval 0.5 \n rise 2 \n weight 5 reverse \n init_fail \n }
vrrp_script "@odd" { \n script /bin/false \n user nobody nogroup \n timeout 3 \n fall 4 \n }
track_file file1 { \n file /run/x \n init_file 3 overwrite \n }
track_file "include" { \n file "/run/a b" \n weight -2 reverse \n }
vrrp_track_process p1 { \n process ssh -D "a b" \n quorum 3 \n quorum_max 7 \n delay 2 \n full_command \n }
vrrp_track_process p2 { \n process x \n param_match partial \n quorum_max 0 \n weight 3 reverse \n }
`;
const group = one(
  '',
  'vrrp_sync_group G { \n group { \n VI4 \n "VI 6" \n } \n notify_fault /bin/true \n }',
  'vrrp_sync_group G { \n group { \n VI4 \n } \n track_script { \n one weight 7 \n } \n }',
  'vrrp_sync_group G { \n group { \n VI4 \n "VI 6" \n } \n global_tracking \n }',
);
const statics = one(
  '',
  'static_ipaddress {\n 198.51.100.9/24 brd 198.51.100.255 dev eth1 scope link label eth1:x\n}',
  'static_routes {\n 10.0.0.0/8 via 192.0.2.9 src 192.0.2.1 mtu 1400 onlink\n 2001:db8:1::/48 dev eth1\n}',
  'static_rules {\n inet6 iif eth1 table 5 suppress_prefixlength 0\n}',
  'garp_group {\n garp_interval 0.02\n interfaces {\n eth0\n eth1\n }\n}',
);

const text = fc
  .record({ globals, common4: common, of4, common6: common, of6, group, statics })
  .map((parts) =>
    [
      ...['global_defs {', ...parts.globals, '}', parts.statics, definitions, parts.group],
      ...['vrrp_instance VI4 {', 'interface eth0', 'virtual_router_id 51', ...parts.common4, ...parts.of4],
      ...['virtual_ipaddress {', '192.0.2.1/24 brd 192.0.2.255 label eth0:1 scope site', '192.0.2.5', '}', '}'],
      ...['vrrp_instance "VI 6" {', 'interface eth0', 'virtual_router_id 51', ...parts.common6, ...parts.of6],
      ...['virtual_ipaddress {', 'fe80::51/64', '2001:db8::51', '}', '}'],
    ].join('\n'),
  );

describe('a configuration that is printed', () => {
  it.each(DEFAULTS)('means the same when it is read again, defaults of %s', (defaults) => {
    let good = 0;
    fc.assert(
      fc.property(text, (written) => {
        const result = read(written, defaults);
        if (!result.ok) return;
        good += 1;
        const printed = printConfiguration(result.configuration);
        expect(meaning(configuration(printed))).toEqual(meaning(result.configuration));
        expect(printConfiguration(configuration(printed))).toBe(printed);
      }),
      { numRuns: 220 },
    );
    // Not all that is generated can be: use_vmac names that are there twice, say, or preempt_delay under vrrp_strict.
    expect(good).toBeGreaterThan(75);
  });

  it('is heard in silence: nothing of it is ignored or adjusted', () => {
    fc.assert(
      fc.property(text, (written) => {
        const result = read(written);
        if (!result.ok) return;
        const again = read(printConfiguration(result.configuration)).notices.map(({ message }) => message);
        expect(again.filter((message) => !/link-local|is in |vrrp_script/.test(message))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('says every default', () => {
    const printed = printConfiguration(
      configuration('vrrp_instance VI {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1\n}\n}'),
    );
    expect(printed).toBe(`global_defs {
}

vrrp_instance VI {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 2
    priority 100
    advert_int 1
    down_timer_adverts 3
    preempt
    accept
    skip_check_adv_addr off
    lower_prio_no_advert off
    higher_prio_send_advert off
    garp_master_repeat 5
    garp_master_delay 5
    garp_master_refresh 0
    garp_master_refresh_repeat 1
    garp_lower_prio_repeat 5
    garp_lower_prio_delay 5
    virtual_ipaddress {
        192.0.2.1
    }
    notify_priority_changes off
}
`);
  });
});

describe.runIf(requirePeer('keepalived'))('keepalived', () => {
  it('takes what is printed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-print-'));
    const written = `global_defs {\nrouter_id x\nscript_user root\nenable_script_security\n}\n${definitions}
vrrp_instance VI4 {
  interface lo
  virtual_router_id 51
  version 3
  advert_int 0.5
  notify_master "/bin/true vrrp.250"
  unicast_src_ip 192.0.2.3
  unicast_peer {
    192.0.2.2 min_ttl 64
  }
  track_file {
    file1
  }
  virtual_ipaddress {
    192.0.2.1/24
  }
}`;
    const file = join(folder, 'k.conf');
    writeFileSync(file, printConfiguration(configuration(written)), { mode: 0o600 });
    const complaints = complaintsOfKeepalived(file);
    rmSync(folder, { recursive: true });
    // The loopback interface, the only one that every machine has, is none for VRRP.
    expect(complaints.filter((line) => !/loopback|interface|disabling/i.test(line))).toEqual([]);
  });
});

function complaintsOfKeepalived(file: string): readonly string[] {
  try {
    execFileSync('keepalived', ['-t', '-l', '-P', '-f', file], { encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  }
}
