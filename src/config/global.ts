import type { Script, ScriptUser } from './configuration.ts';
import {
  boolean,
  flag,
  hasValues,
  ignored,
  integer,
  type Keyword,
  type KeywordTable,
  quoted,
  refused,
  script,
  scriptUser,
  seconds,
  unexpected,
  word,
} from './keyword.ts';
import { complain } from './problem.ts';
import { multicastGroup } from './transport.ts';
import type { Word } from './words.ts';

/** Announcements as global_defs or an instance give them; what is absent is decided by the defaults. */
export interface AnnouncementsDraft {
  repeat?: number;
  delayNs?: number;
  refreshNs?: number;
  refreshRepeat?: number;
  lowerPriorityRepeat?: number;
  lowerPriorityDelayNs?: number;
}

/** What global_defs says. */
export interface GlobalDraft {
  routerId?: string;
  version?: 2 | 3;
  strict?: boolean;
  downTimerAdvertisements?: number;
  lowerPriorityNoAdvertisement?: boolean;
  skipCheckAddressList?: boolean;
  advertiseBeforeYield?: boolean;
  checkUnicastSource?: boolean;
  /** The multicast groups, where they are not the RFC's. */
  readonly groups: { ipv4?: string; ipv6?: string };
  minimalAnnouncements?: boolean;
  readonly announcements: AnnouncementsDraft;
  readonly announcementIntervalNs: { ipv4: number; ipv6: number };
  startupDelayNs: number;
  realTimePriority?: number;
  virtualMacPrefix: string;
  scriptUser?: ScriptUser;
  scriptSecurity: boolean;
  dynamicInterfaces: boolean;
  notifyPriorityChanges?: boolean;
  /** By the keyword that names it: notify_fifo, vrrp_notify_fifo. */
  readonly fifos: Map<string, FifoDraft>;
}

/** A FIFO, and the script that reads it; either may stand first. */
export interface FifoDraft {
  path?: Word;
  owner?: ScriptUser;
  reader?: Script;
}

/** An empty global_defs. */
export function globalDraft(): GlobalDraft {
  return {
    groups: {},
    announcements: {},
    announcementIntervalNs: { ipv4: 0, ipv6: 0 },
    startupDelayNs: 0,
    virtualMacPrefix: 'vrrp',
    scriptSecurity: false,
    dynamicInterfaces: false,
    fifos: new Map(),
  };
}

function fifoDraft(draft: GlobalDraft, name: string): FifoDraft {
  const found = draft.fifos.get(name) ?? {};
  draft.fifos.set(name, found);
  return found;
}

function fifo(name: string): Keyword<GlobalDraft> {
  return (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 3, complaints)) return;
    const [path, ...owner] = statement.values;
    if (!path!.text.startsWith('/')) {
      unexpected(complaints, path!, statement, 'a full path, beginning with /');
      return;
    }
    const user = scriptUser(owner);
    Object.assign(fifoDraft(draft, name), { path, ...(user === undefined ? {} : { owner: user }) });
  };
}

function fifoReader(name: string): Keyword<GlobalDraft> {
  return script((draft, value) => {
    fifoDraft(draft, name).reader = value;
  });
}

const mail = ignored<GlobalDraft>('the router sends no mail');
const agents = ignored<GlobalDraft>('the router has no SNMP or D-Bus agent');
const balancing = ignored<GlobalDraft>('the router does no load balancing');
const process = ignored<GlobalDraft>('it concerns processes that the router does not have');
const buffers = ignored<GlobalDraft>('the router sizes its buffers itself');
const firewall = ignored<GlobalDraft>('the router needs no firewall to keep a Backup silent');

/** The keywords of global_defs. */
export const GLOBAL_KEYWORDS: KeywordTable<GlobalDraft> = {
  router_id: word((draft, value) => {
    draft.routerId = value.text;
  }),
  vrrp_version: integer(2, 3, (draft, value) => {
    draft.version = value as 2 | 3;
  }),
  vrrp_strict: boolean((draft, value) => {
    draft.strict = value;
  }),
  vrrp_down_timer_adverts: integer(1, 100, (draft, value) => {
    draft.downTimerAdvertisements = value;
  }),
  vrrp_lower_prio_no_advert: boolean((draft, value) => {
    draft.lowerPriorityNoAdvertisement = value;
  }),
  vrrp_skip_check_adv_addr: boolean((draft, value) => {
    draft.skipCheckAddressList = value;
  }),
  vrrp_min_garp: boolean((draft, value) => {
    draft.minimalAnnouncements = value;
  }),
  vrrp_garp_master_delay: seconds(0, 86_400, (draft, value) => {
    draft.announcements.delayNs = value;
  }),
  vrrp_garp_master_repeat: integer(1, 100, (draft, value) => {
    draft.announcements.repeat = value;
  }),
  vrrp_garp_master_refresh: seconds(0, 86_400, (draft, value) => {
    draft.announcements.refreshNs = value;
  }),
  vrrp_garp_master_refresh_repeat: integer(1, 100, (draft, value) => {
    draft.announcements.refreshRepeat = value;
  }),
  vrrp_garp_lower_prio_delay: seconds(0, 86_400, (draft, value) => {
    draft.announcements.lowerPriorityDelayNs = value;
  }),
  vrrp_garp_lower_prio_repeat: integer(0, 100, (draft, value) => {
    draft.announcements.lowerPriorityRepeat = value;
  }),
  vrrp_garp_interval: seconds(0, 10, (draft, value) => {
    draft.announcementIntervalNs.ipv4 = value;
  }),
  vrrp_gna_interval: seconds(0, 10, (draft, value) => {
    draft.announcementIntervalNs.ipv6 = value;
  }),
  vrrp_startup_delay: seconds(0, 1000, (draft, value) => {
    draft.startupDelayNs = value;
  }),
  vrrp_rt_priority: integer(1, 99, (draft, value) => {
    draft.realTimePriority = value;
  }),
  vmac_prefix: word((draft, value, complaints) => {
    if (/^[A-Za-z0-9_.-]{1,11}$/.test(value.text)) draft.virtualMacPrefix = value.text;
    else complain(complaints, value, `${quoted(value.text)} cannot begin the name of an interface`);
  }),
  script_user: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 2, complaints)) return;
    const user = scriptUser(statement.values);
    if (user !== undefined) draft.scriptUser = user;
  },
  enable_script_security: flag((draft) => {
    draft.scriptSecurity = true;
  }),
  vrrp_mcast_group4: multicastGroup('ipv4', ({ groups }, { value }) => {
    groups.ipv4 = value;
  }),
  vrrp_mcast_group6: multicastGroup('ipv6', ({ groups }, { value }) => {
    groups.ipv6 = value;
  }),
  vrrp_garp_extra_if: ignored('virtual addresses are on the interface of their virtual router alone'),
  vrrp_higher_prio_send_advert: boolean((draft, value) => {
    draft.advertiseBeforeYield = value;
  }),
  vrrp_notify_fifo: fifo('vrrp_notify_fifo'),
  vrrp_notify_fifo_script: fifoReader('vrrp_notify_fifo'),
  notify_fifo: fifo('notify_fifo'),
  notify_fifo_script: fifoReader('notify_fifo'),
  vrrp_notify_priority_changes: boolean((draft, value) => {
    draft.notifyPriorityChanges = value;
  }),
  fifo_write_vrrp_states_on_reload: refused(),
  vrrp_check_unicast_src: boolean((draft, value) => {
    draft.checkUnicastSource = value;
  }),
  dynamic_interfaces: (draft, statement, complaints) => {
    if (!hasValues(statement, 0, 1, complaints)) return;
    const [option] = statement.values;
    if (option !== undefined && option.text !== 'allow_if_changes')
      unexpected(complaints, option, statement, 'allow_if_changes, or nothing');
    draft.dynamicInterfaces = true;
  },
  vmac_addr_prefix: refused(),
  vrrp_iptables: firewall,
  vrrp_ipsets: firewall,
  nftables: firewall,
  nftables_priority: firewall,
  nftables_counters: firewall,
  nftables_ifindex: firewall,
  disable_local_igmp: ignored('a Backup sends no IGMP from the virtual MAC in any case'),
  startup_script: refused('run it before the router'),
  startup_script_timeout: refused(),
  shutdown_script: refused('run it after the router'),
  shutdown_script_timeout: refused(),
  vrrp_priority: refused('use vrrp_rt_priority'),
  vrrp_no_swap: ignored('the runtime decides what memory is locked'),
  vrrp_cpu_affinity: refused('start the router with taskset'),
  vrrp_rlimit_rttime: ignored('no limit is set on real-time scheduling'),
  max_auto_priority: ignored('the priority is what vrrp_rt_priority says'),
  min_auto_priority_delay: ignored('the priority is what vrrp_rt_priority says'),
  default_interface: refused('name the interface in each vrrp_instance'),
  log_unknown_vrids: ignored('advertisements for unknown VRIDs are counted'),
  notification_email: mail,
  notification_email_from: mail,
  smtp_server: mail,
  smtp_helo_name: mail,
  smtp_connect_timeout: mail,
  smtp_alert: mail,
  smtp_alert_vrrp: mail,
  smtp_alert_checker: mail,
  no_email_faults: mail,
  no_checker_emails: mail,
  snmp_socket: agents,
  enable_snmp_keepalived: agents,
  enable_snmp_vrrp: agents,
  enable_snmp_checker: agents,
  enable_snmp_rfc: agents,
  enable_snmp_rfcv2: agents,
  enable_snmp_rfcv3: agents,
  enable_traps: agents,
  enable_dbus: agents,
  dbus_service_name: agents,
  lvs_sync_daemon: balancing,
  lvs_timeouts: balancing,
  lvs_flush: balancing,
  lvs_flush_on_stop: balancing,
  lvs_notify_fifo: balancing,
  lvs_notify_fifo_script: balancing,
  nftables_ipvs: balancing,
  nftables_ipvs_priority: balancing,
  nftables_ipvs_start_fwmark: balancing,
  checker_log_all_failures: balancing,
  rs_init_notifies: balancing,
  process_names: process,
  process_name: process,
  vrrp_process_name: process,
  checker_process_name: process,
  bfd_process_name: process,
  checker_priority: process,
  bfd_priority: process,
  checker_no_swap: process,
  bfd_no_swap: process,
  checker_cpu_affinity: process,
  bfd_cpu_affinity: process,
  checker_rt_priority: process,
  bfd_rt_priority: process,
  checker_rlimit_rttime: process,
  bfd_rlimit_rttime: process,
  tmp_config_directory: process,
  config_save_dir: process,
  data_use_instance: process,
  vrrp_netlink_cmd_rcv_bufs: buffers,
  vrrp_netlink_cmd_rcv_bufs_force: buffers,
  vrrp_netlink_monitor_rcv_bufs: buffers,
  vrrp_netlink_monitor_rcv_bufs_force: buffers,
  lvs_netlink_cmd_rcv_bufs: buffers,
  lvs_netlink_cmd_rcv_bufs_force: buffers,
  lvs_netlink_monitor_rcv_bufs: buffers,
  lvs_netlink_monitor_rcv_bufs_force: buffers,
  process_monitor_rcv_bufs: buffers,
  process_monitor_rcv_bufs_force: buffers,
  vrrp_rx_bufs_policy: buffers,
  vrrp_rx_bufs_multiplier: buffers,
  umask: ignored('the router writes one file, for its owner alone'),
  random_seed: ignored('nothing is random'),
  include_check: ignored('a missing file is always an error, an unmatched wildcard a notice'),
  reload_check_config: refused('the configuration is read again on SIGHUP alone'),
  reload_time_file: refused('the configuration is read again on SIGHUP alone'),
  reload_repeat: refused('the configuration is read again on SIGHUP alone'),
  reload_file: refused('the configuration is read again on SIGHUP alone'),
};
