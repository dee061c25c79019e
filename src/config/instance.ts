import type { NotifyScripts, Script, ScriptUser } from './configuration.ts';
import type { AnnouncementsDraft } from './global.ts';
import { isInterfaceName } from './interface-name.ts';
import {
  boolean,
  entries,
  flag,
  hasValues,
  ignored,
  integer,
  type KeywordTable,
  quoted,
  refused,
  script,
  seconds,
  unexpected,
  word,
} from './keyword.ts';
import { complain, type Place } from './problem.ts';
import { type RouterAdvertisementDraft, routerAdvertisement } from './router-advertisement.ts';
import { type RouteDraft, type RuleDraft, readRoute, readRule } from './routing.ts';
import { type TrackingDraft, tracked, trackingDraft } from './tracking.ts';
import { type Placed, placed, TRANSPORT_KEYWORDS, type TransportDraft } from './transport.ts';
import { readVirtualAddress, type VirtualAddressDraft } from './virtual-address.ts';

/** What a vrrp_instance says; what is absent is decided by global_defs and the defaults. */
export interface InstanceDraft extends TransportDraft {
  state?: 'backup' | 'active';
  interfaceName?: string;
  virtualRouterId?: number;
  version?: Placed<2 | 3>;
  priority?: number;
  intervalNs?: Placed<number>;
  preempt?: Placed<boolean>;
  preemptDelayNs?: Placed<number>;
  virtualMac?: Place & { readonly interfaceName?: string; readonly macAddress?: string };
  transmitOnBase?: Place;
  accept?: boolean;
  strict?: boolean;
  readonly addresses: VirtualAddressDraft[];
  readonly excludedAddresses: VirtualAddressDraft[];
  readonly routes: RouteDraft[];
  readonly rules: RuleDraft[];
  promoteSecondaries?: boolean;
  checksumAsV2?: boolean;
  downTimerAdvertisements?: number;
  lowerPriorityNoAdvertisement?: boolean;
  ownerIgnoresAdvertisements?: boolean;
  skipCheckAddressList?: boolean;
  ignoreInterfaceFaults?: boolean;
  scriptUser?: ScriptUser;
  notifyPriorityChanges?: boolean;
  readonly announcements: AnnouncementsDraft;
  routerAdvertisement?: RouterAdvertisementDraft;
  readonly tracking: TrackingDraft;
  readonly notify: { -readonly [Event in keyof NotifyScripts]: NotifyScripts[Event] };
}

/** An empty vrrp_instance. */
export function instanceDraft(): InstanceDraft {
  return {
    addresses: [],
    excludedAddresses: [],
    routes: [],
    rules: [],
    announcements: {},
    tracking: trackingDraft(),
    notify: {},
  };
}

const notify = (event: keyof NotifyScripts) =>
  script<InstanceDraft>((draft, value: Script) => {
    draft.notify[event] = value;
  });
const OCTETS = /^([0-9a-f]{1,2})((:[0-9a-f]{1,2}){4,5})$/i;

/** The keywords of a vrrp_instance. */
export const INSTANCE_KEYWORDS: KeywordTable<InstanceDraft> = {
  ...TRANSPORT_KEYWORDS,
  state: (draft, statement, complaints) => {
    if (!hasValues(statement, 1, 1, complaints)) return;
    const value = statement.values[0]!;
    if (value.text === 'MASTER' || value.text === 'ACTIVE') draft.state = 'active';
    else if (value.text === 'BACKUP') draft.state = 'backup';
    else unexpected(complaints, value, statement, 'MASTER or BACKUP');
  },
  interface: word((draft, value, complaints) => {
    if (isInterfaceName(value.text)) draft.interfaceName = value.text;
    else complain(complaints, value, `${quoted(value.text)} cannot be the name of an interface`);
  }),
  virtual_router_id: integer(1, 255, (draft, value) => {
    draft.virtualRouterId = value;
  }),
  version: integer(2, 3, (draft, value, place) => {
    draft.version = placed(place, value as 2 | 3);
  }),
  priority: integer(1, 255, (draft, value) => {
    draft.priority = value;
  }),
  advert_int: seconds(0.01, 255, (draft, valueNs, place) => {
    draft.intervalNs = placed(place, valueNs);
  }),
  preempt: flag((draft, place) => {
    draft.preempt = placed(place, true);
  }),
  nopreempt: flag((draft, place) => {
    draft.preempt = placed(place, false);
  }),
  preempt_delay: seconds(0, 1000, (draft, valueNs, place) => {
    draft.preemptDelayNs = placed(place, valueNs);
  }),
  use_vmac: (draft, statement, complaints) => {
    if (!hasValues(statement, 0, 3, complaints)) return;
    const { file, line, column } = statement.keyword;
    const words = statement.values.filter(({ text }, index) => !(index === 0 && text === 'name'));
    let virtualMac: NonNullable<InstanceDraft['virtualMac']> = { file, line, column };
    for (const value of words) {
      if (OCTETS.test(value.text) && virtualMac.macAddress === undefined)
        virtualMac = { ...virtualMac, macAddress: value.text };
      else if (isInterfaceName(value.text) && virtualMac.interfaceName === undefined) {
        virtualMac = { ...virtualMac, interfaceName: value.text };
      } else unexpected(complaints, value, statement, 'the name of an interface, a MAC address, or nothing');
    }
    draft.virtualMac = virtualMac;
  },
  vmac_xmit_base: flag((draft, place) => {
    draft.transmitOnBase = place;
  }),
  accept: flag((draft) => {
    draft.accept = true;
  }),
  no_accept: flag((draft) => {
    draft.accept = false;
  }),
  strict_mode: boolean((draft, value) => {
    draft.strict = value;
  }),
  virtual_ipaddress: entries((draft, words, complaints) => {
    const entry = readVirtualAddress(words, complaints);
    if (entry !== undefined) draft.addresses.push(entry);
  }),
  virtual_ipaddress_excluded: entries((draft, words, complaints) => {
    const entry = readVirtualAddress(words, complaints);
    if (entry !== undefined) draft.excludedAddresses.push(entry);
  }),
  v3_checksum_as_v2: boolean((draft, value) => {
    draft.checksumAsV2 = value;
  }),
  down_timer_adverts: integer(1, 100, (draft, value) => {
    draft.downTimerAdvertisements = value;
  }),
  lower_prio_no_advert: boolean((draft, value) => {
    draft.lowerPriorityNoAdvertisement = value;
  }),
  owner_ignores_adverts: boolean((draft, value) => {
    draft.ownerIgnoresAdvertisements = value;
  }),
  skip_check_adv_addr: boolean((draft, value) => {
    draft.skipCheckAddressList = value;
  }),
  dont_track_primary: flag((draft) => {
    draft.ignoreInterfaceFaults = true;
  }),
  garp_master_delay: seconds(0, 86_400, (draft, value) => {
    draft.announcements.delayNs = value;
  }),
  garp_master_repeat: integer(1, 100, (draft, value) => {
    draft.announcements.repeat = value;
  }),
  garp_master_refresh: seconds(0, 86_400, (draft, value) => {
    draft.announcements.refreshNs = value;
  }),
  garp_master_refresh_repeat: integer(1, 100, (draft, value) => {
    draft.announcements.refreshRepeat = value;
  }),
  garp_lower_prio_delay: seconds(0, 86_400, (draft, value) => {
    draft.announcements.lowerPriorityDelayNs = value;
  }),
  garp_lower_prio_repeat: integer(0, 100, (draft, value) => {
    draft.announcements.lowerPriorityRepeat = value;
  }),
  router_advertisement: routerAdvertisement,
  notify_master: notify('active'),
  notify_backup: notify('backup'),
  notify_fault: notify('fault'),
  notify_stop: notify('stop'),
  notify: notify('any'),
  notify_master_rx_lower_pri: notify('activeReceivedLowerPriority'),
  notify_priority_changes: boolean((draft, value) => {
    draft.notifyPriorityChanges = value;
  }),
  native_ipv6: ignored('the virtual addresses tell the family'),
  promote_secondaries: flag((draft) => {
    draft.promoteSecondaries = true;
  }),
  debug: ignored('there is one level of logging'),
  linkbeat_use_polling: ignored('the kernel reports link changes'),
  kernel_rx_buf_size: ignored('the router sizes its buffers itself'),
  smtp_alert: ignored('the router sends no mail'),
  use_vmac_addr: refused(),
  use_ipvlan: refused('use use_vmac'),
  vrf: refused(),
  track_interface: tracked('interfaces', 253),
  track_script: tracked('scripts', 253),
  track_file: tracked('files', 254),
  track_process: tracked('processes', 254),
  track_bfd: refused('the router speaks no BFD'),
  garp_extra_if: ignored('virtual addresses are on the interface of their virtual router alone'),
  virtual_routes: entries((draft, words, complaints) => {
    const entry = readRoute(words, complaints);
    if (entry !== undefined) draft.routes.push(entry);
  }),
  virtual_rules: entries((draft, words, complaints) => {
    const entry = readRule(words, complaints);
    if (entry !== undefined) draft.rules.push(entry);
  }),
};
