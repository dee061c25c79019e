import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/config/parse.ts';
import { printConfiguration } from '../../src/config/print.ts';
import { describeConfigurationError } from '../../src/config/problem.ts';

/** Statements around the one that is looked at. */
interface Around {
  /** Before it, in the same block. */
  readonly before?: readonly string[];
  /** In the vrrp_instance. */
  readonly inside?: readonly string[];
  readonly addresses?: readonly string[];
}

type Where = 'file' | 'global_defs' | 'vrrp_instance' | 'vrrp_sync_group' | 'vrrp_script' | 'track_file' | 'process';

function fileWith(
  where: Where,
  statement: string,
  { before = [], inside = [], addresses = ['192.0.2.1'] }: Around,
): string {
  const lines = (block: Where) => (block === where ? [...before, statement] : []);
  return [
    ...['global_defs {', ...lines('global_defs'), '}'],
    ...['vrrp_script s {', 'script /bin/true', ...lines('vrrp_script'), '}'],
    ...['track_file f {', 'file /run/x', ...lines('track_file'), '}'],
    ...['vrrp_track_process p {', 'process x', ...lines('process'), '}'],
    ...['vrrp_sync_group G {', 'group {', 'VI', '}', 'sync_group_tracking_weight', ...lines('vrrp_sync_group'), '}'],
    ...['vrrp_instance VI {', 'interface eth0', 'virtual_router_id 51'],
    ...['track_script {', 's', '}', 'track_file {', 'f', '}', 'track_process {', 'p', '}'],
    ...['virtual_ipaddress {', ...addresses, '}', ...inside, ...lines('vrrp_instance'), '}'],
    ...lines('file'),
  ].join('\n');
}

function outcome(where: Where, statement: string, around: Around) {
  const result = parseConfiguration(fileWith(where, statement, around), {
    file: 'k.conf',
    files: { read: () => '', match: () => [] },
  });
  return {
    printed: result.ok ? printConfiguration(result.configuration) : undefined,
    errors: result.ok ? [] : result.errors.map(describeConfigurationError),
    notices: result.notices.map(describeConfigurationError),
  };
}

const script = '"/bin/x a"';
const peer = 'unicast_peer {\n192.0.2.2\n}';
const version3 = { before: ['version 3'] };

type Row = readonly [Where, string, Around?];
/** With what stands around it, nothing where that is not said. */
const complete = (rows: readonly Row[]) =>
  rows.map(([where, statement, around = {}]) => [where, statement, around] as const);

/** Each says something else than the default: the configuration that is run must differ. */
const honoured: readonly Row[] = [
  ['global_defs', 'router_id here'],
  ['global_defs', 'vrrp_version 3'],
  ['global_defs', 'vrrp_mcast_group4 224.0.0.99'],
  ['global_defs', 'vrrp_mcast_group6 ff02::99', { addresses: ['fe80::1'] }],
  ...(['garp', 'gna'] as const).map((kind) => ['global_defs', `vrrp_${kind}_interval 0.5`] as const),
  ...['delay 7', 'repeat 7', 'refresh 7', 'refresh_repeat 7'].flatMap((words) => [
    ['global_defs', `vrrp_garp_master_${words}`] as const,
    ['vrrp_instance', `garp_master_${words}`] as const,
  ]),
  ...['delay 7', 'repeat 7'].flatMap((words) => [
    ['global_defs', `vrrp_garp_lower_prio_${words}`] as const,
    ['vrrp_instance', `garp_lower_prio_${words}`] as const,
  ]),
  ['global_defs', 'vrrp_min_garp'],
  ['global_defs', 'vrrp_startup_delay 3'],
  ['global_defs', 'vrrp_skip_check_adv_addr'],
  ['global_defs', 'vrrp_strict'],
  ['global_defs', 'vrrp_down_timer_adverts 5'],
  ['global_defs', 'vrrp_lower_prio_no_advert'],
  ['global_defs', 'vrrp_higher_prio_send_advert'],
  ['global_defs', 'vrrp_notify_priority_changes'],
  ['global_defs', 'vrrp_notify_fifo /run/f'],
  ['global_defs', `vrrp_notify_fifo_script ${script}`, { before: ['vrrp_notify_fifo /run/f'] }],
  ['global_defs', 'notify_fifo /run/f'],
  ['global_defs', `notify_fifo_script ${script}`, { before: ['notify_fifo /run/f'] }],
  ['global_defs', 'script_user nobody'],
  ['global_defs', 'enable_script_security'],
  ['global_defs', 'vrrp_rt_priority 9'],
  ['global_defs', 'dynamic_interfaces'],
  ['global_defs', 'dynamic_interfaces allow_if_changes'],
  ['vrrp_instance', 'state MASTER'],
  ['vrrp_instance', 'version 3'],
  ['vrrp_instance', 'v2_v3_mode', version3],
  ['vrrp_instance', 'router_advertisement {\n}', { addresses: ['fe80::1'] }],
  ['vrrp_instance', 'owner_ignores_adverts', version3],
  ['vrrp_instance', 'priority 7'],
  ['vrrp_instance', 'advert_int 7'],
  ['vrrp_instance', 'advert_int 0.25', version3],
  ['vrrp_instance', 'nopreempt'],
  ['vrrp_instance', 'preempt', { before: ['nopreempt'] }],
  ['vrrp_instance', 'preempt_delay 7'],
  ['vrrp_instance', 'use_vmac'],
  ['vrrp_instance', 'use_vmac name vmac1 02:00:00:00:00:01'],
  ['global_defs', 'vmac_prefix vm', { inside: ['use_vmac'] }],
  ['vrrp_instance', 'vmac_xmit_base', { before: ['use_vmac'] }],
  ['vrrp_instance', 'no_accept'],
  ['vrrp_instance', 'accept', { before: ['strict_mode'] }],
  ['vrrp_instance', 'strict_mode'],
  ['vrrp_instance', 'virtual_ipaddress {\n192.0.2.3/24 brd 192.0.2.255 dev eth0 scope link label eth0:1\n}'],
  ['vrrp_instance', 'virtual_ipaddress_excluded {\n192.0.2.3\n}'],
  ['vrrp_instance', 'virtual_routes {\n10.0.0.0/8 via 192.0.2.9\n}'],
  ['vrrp_instance', 'virtual_rules {\nfrom 10.0.0.0/8 table 7\n}'],
  ['vrrp_instance', 'mcast_src_ip 192.0.2.3'],
  ['vrrp_instance', 'mcast_dst_ip 224.0.0.99'],
  ['vrrp_instance', 'unicast_src_ip 192.0.2.3'],
  ['vrrp_instance', peer],
  ['vrrp_instance', 'unicast_peer {\n192.0.2.2 min_ttl 3 max_ttl 9\n}'],
  ['vrrp_instance', 'unicast_ttl 9', { before: [peer] }],
  ['vrrp_instance', 'check_unicast_src', { before: [peer] }],
  ['vrrp_instance', 'authentication {\nauth_type PASS\nauth_pass x\n}'],
  ['vrrp_instance', 'v3_checksum_as_v2', version3],
  ['vrrp_instance', 'down_timer_adverts 7'],
  ['vrrp_instance', 'lower_prio_no_advert'],
  ['vrrp_instance', 'higher_prio_send_advert'],
  ['vrrp_instance', 'skip_check_adv_addr'],
  ['vrrp_instance', 'track_interface {\neth1 weight 3 reverse\n}'],
  ['vrrp_instance', 'track_script {\ns weight 3\n}'],
  ['vrrp_instance', 'track_file {\nf weight 3\n}'],
  ['vrrp_instance', 'track_process {\np weight 3\n}'],
  ['vrrp_instance', 'dont_track_primary'],
  ['vrrp_instance', 'track_src_ip', { before: ['mcast_src_ip 192.0.2.3'] }],
  ['vrrp_instance', 'promote_secondaries'],
  ['vrrp_instance', `notify_master ${script}`],
  ['vrrp_instance', `notify_backup ${script}`],
  ['vrrp_instance', `notify_fault ${script}`],
  ['vrrp_instance', `notify_stop ${script}`],
  ['vrrp_instance', `notify ${script}`],
  ['vrrp_instance', `notify_master_rx_lower_pri ${script}`],
  ['vrrp_instance', 'notify_priority_changes'],
  ['vrrp_script', `script ${script}`],
  ['vrrp_script', 'interval 7'],
  ['vrrp_script', 'timeout 7'],
  ['vrrp_script', 'weight 7'],
  ['vrrp_script', 'rise 7'],
  ['vrrp_script', 'fall 7'],
  ['vrrp_script', 'user nobody'],
  ['vrrp_script', 'init_fail'],
  ['track_file', 'file /run/y'],
  ['track_file', 'weight 7'],
  ['track_file', 'init_file 3'],
  ['process', 'process y'],
  ['process', 'quorum 7'],
  ['process', 'quorum_max 7'],
  ['process', 'delay 7'],
  ['process', 'fork_delay 7'],
  ['process', 'terminate_delay 7'],
  ['process', 'full_command'],
  ['process', 'param_match initial'],
  ['process', 'weight 7'],
  ['vrrp_sync_group', 'track_interface {\neth1\n}'],
  ['vrrp_sync_group', 'track_script {\ns weight 3\n}'],
  ['vrrp_sync_group', `notify_master ${script}`],
  ['vrrp_sync_group', `notify ${script}`],
  ['file', 'static_ipaddress {\n192.0.2.9/24 dev eth1\n}'],
  ['file', 'static_routes {\n10.0.0.0/8 dev eth1\n}'],
  ['file', 'static_rules {\nfrom 10.0.0.0/8 table 7\n}'],
  ['file', 'garp_group {\ngarp_interval 0.1\ninterface eth0\n}'],
];

/** Read, and said that nothing follows from it. */
const ignored: readonly Row[] = [
  ...['smtp_server 192.0.2.9', 'notification_email {\nx\n}', 'enable_snmp_vrrp', 'enable_dbus'].map(
    (statement) => ['global_defs', statement] as const,
  ),
  ['global_defs', 'vrrp_garp_extra_if all 100'],
  ['global_defs', 'process_names'],
  ['global_defs', 'checker_priority 3'],
  ['global_defs', 'lvs_sync_daemon eth0 VI'],
  ['vrrp_instance', 'garp_extra_if 100'],
  ['vrrp_instance', 'debug 3'],
  ['vrrp_instance', 'linkbeat_use_polling'],
  ['vrrp_instance', 'native_ipv6'],
  ['vrrp_instance', 'smtp_alert'],
  ['vrrp_instance', 'unicast_ttl 9'],
  ['vrrp_instance', 'track_src_ip'],
  ['vrrp_instance', 'old_unicast_checksum never'],
  ['vrrp_instance', 'authentication {\nauth_type PASS\nauth_pass x\n}', version3],
  ['file', 'virtual_server 192.0.2.9 80 {\nx\n}'],
  ['file', 'bfd_instance b {\nx\n}'],
  ['file', 'linkbeat_interfaces {\neth0\n}'],
];

/** An error by name: the router would do something else than what was written. */
const refused: readonly Row[] = [
  ['global_defs', 'vrrp_priority -20'],
  ['global_defs', 'vmac_addr_prefix 02'],
  ['global_defs', 'default_interface eth1'],
  ['global_defs', 'startup_script /bin/true'],
  ['global_defs', 'shutdown_script /bin/true'],
  ['global_defs', 'vrrp_cpu_affinity 1'],
  ['global_defs', 'unheard_of 3'],
  ['vrrp_instance', 'use_ipvlan'],
  ['vrrp_instance', 'use_vmac_addr'],
  ['vrrp_instance', 'vrf red'],
  ['vrrp_instance', 'track_bfd {\nb\n}'],
  ['vrrp_instance', 'old_unicast_checksum'],
  ['vrrp_instance', 'unheard_of'],
  ['vrrp_sync_group', `notify_deleted ${script}`],
  ['vrrp_script', 'unheard_of'],
  ['file', 'net_namespace blue'],
  ['file', 'track_group x {\nVI\n}'],
  ['file', 'unheard_of {\nx\n}'],
];

const nameOf = (statement: string): string => /^\S+/.exec(statement)![0];

describe('every keyword is honoured, said to be ignored, or refused by name', () => {
  it.each(complete(honoured))('%s: %s is honoured', (where, statement, around) => {
    const base = outcome(where, '', around);
    const { printed, errors, notices } = outcome(where, statement, around);
    expect(errors).toEqual([]);
    expect(printed).not.toBe(base.printed);
    expect(notices.filter((text) => text.includes(`${nameOf(statement)} is ignored`))).toEqual([]);
  });

  it.each(complete(ignored))('%s: %s is ignored, and that is said', (where, statement, around) => {
    const base = outcome(where, '', around);
    const { printed, errors, notices } = outcome(where, statement, around);
    expect(errors).toEqual([]);
    expect(printed).toBe(base.printed);
    expect(notices).toContainEqual(expect.stringMatching(`^k\\.conf:\\d+:\\d+: .*${nameOf(statement)}.* is ignored: `));
  });

  it.each(complete(refused))('%s: %s is refused', (where, statement, around) => {
    const name = nameOf(statement);
    const line = fileWith(where, statement, around).split('\n').indexOf(statement.split('\n')[0]!) + 1;
    expect(outcome(where, statement, around).errors).toContainEqual(
      expect.stringMatching(`^k\\.conf:${line}:1: .*${name}.*(not honoured|is not a keyword of)`),
    );
  });
});
