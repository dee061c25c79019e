import type { Family, VrrpVersion } from '../wire/vrrp.ts';
import type { ConfigurationError, ConfigurationNotice, Place } from './problem.ts';
import type { RouterAdvertisementConfiguration } from './router-advertisement-configuration.ts';
import type { ConfiguredRoute, ConfiguredRule } from './routing-configuration.ts';

/** Whose defaults count where the file says nothing: keepalived's, or those of one of the RFCs. */
export const DEFAULTS = ['keepalived', 'rfc3768', 'rfc5798', 'rfc9568'] as const;
export type Defaults = (typeof DEFAULTS)[number];

/** A script with its arguments, and as whom it runs (undefined: as `script_user` says). */
export interface Script extends Place {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly user?: ScriptUser;
}

export interface ScriptUser {
  readonly user: string;
  readonly group?: string;
}

/** Gratuitous ARP or unsolicited Neighbor Advertisements: how many, when again. Times in nanoseconds. */
export interface Announcements {
  /** How many for each address on becoming Active, and once more after `delayNs` (0: not again). */
  readonly repeat: number;
  readonly delayNs: number;
  /** How often for as long as the router is Active; 0: never. */
  readonly refreshNs: number;
  readonly refreshRepeat: number;
  /** After an advertisement of lower priority. */
  readonly lowerPriorityRepeat: number;
  readonly lowerPriorityDelayNs: number;
}

/** One virtual address as it was written. */
export interface VirtualAddress extends Place {
  readonly address: string;
  /** What the user wrote; absent where nothing was. The router adds host routes alone, whatever it says. */
  readonly prefixLength?: number;
  readonly broadcast?: string;
  readonly scope?: 'global' | 'site' | 'link' | 'host';
  readonly label?: string;
}

/** The interface that carries the virtual MAC. */
export interface VirtualMac {
  readonly interfaceName: string;
  /** `00:00:5e:00:01:fa` */
  readonly macAddress: string;
  /** vmac_xmit_base: advertisements leave by the parent, with its physical MAC. */
  readonly transmitOnBase: boolean;
}

export interface NotifyScripts {
  readonly active?: Script;
  readonly backup?: Script;
  readonly fault?: Script;
  readonly stop?: Script;
  readonly any?: Script;
  readonly activeReceivedLowerPriority?: Script;
}

/** Something that is tracked, and what it counts. */
export interface Tracked extends Place {
  /** Of the interface, or of the block that defines the script, file or process. */
  readonly name: string;
  /** 0: its failure is a fault. Otherwise what is added when it is well (above 0) or when it fails (below 0). */
  readonly weight: number;
  /** The other way round. */
  readonly reverse: boolean;
}

/** What a virtual router tracks, its sync group's entries included. */
export interface Tracking {
  readonly interfaces: readonly Tracked[];
  readonly scripts: readonly Tracked[];
  readonly files: readonly Tracked[];
  readonly processes: readonly Tracked[];
}

/** A vrrp_script: run again and again, its exit status counts. Times in nanoseconds. */
export interface TrackScript extends Tracked {
  readonly script: Script;
  readonly intervalNs: number;
  /** A run that takes longer is ended, and counts as a failure. */
  readonly timeoutNs: number;
  /** Successes in a row that make it well, and failures in a row that make it fail. */
  readonly rise: number;
  readonly fall: number;
  /** init_fail: it counts as failed until it has succeeded. */
  readonly initiallyFailed: boolean;
}

/** A track_file: the number in it counts, times the weight. */
export interface TrackFile extends Tracked {
  readonly path: string;
  /** init_file: what is written at the start where there is no file, or in any case. */
  readonly initial?: { readonly value: number; readonly overwrite: boolean };
}

/** A vrrp_track_process: how many run. Times in nanoseconds. */
export interface TrackProcess extends Tracked {
  /** The name of the program, and its parameters where they matter. */
  readonly command: readonly string[];
  readonly parameterMatch?: 'initial' | 'partial';
  /** The whole command line is compared, not the name in the process table. */
  readonly fullCommand: boolean;
  readonly quorum: number;
  readonly quorumMaximum?: number;
  readonly upDelayNs: number;
  readonly downDelayNs: number;
}

/** A vrrp_sync_group: virtual routers that are Active together. */
export interface SyncGroup extends Place {
  readonly name: string;
  /** Names of virtual routers. */
  readonly members: readonly string[];
  readonly notify: NotifyScripts;
}

/** A named pipe that is told of every change, and perhaps a script that reads it. */
export interface NotifyFifo extends Place {
  readonly path: string;
  readonly owner?: ScriptUser;
  /** Started with the path as its last argument. */
  readonly reader?: Script;
}

/** How many octets of a password version 2 carries (RFC 2338 §5.3.10). */
export const AUTHENTICATION_PASSWORD_OCTETS = 8;

/** A router that advertisements are sent to one by one. */
export interface UnicastPeerConfiguration {
  readonly address: string;
  /** TTL or hop limit of its advertisements that is accepted. */
  readonly minimumTtl: number;
  readonly maximumTtl: number;
}

/** Peers in place of a multicast group. */
export interface Unicast {
  readonly peers: readonly UnicastPeerConfiguration[];
  /** TTL or hop limit of what is sent. */
  readonly ttl: number;
  /** Whether advertisements of others than the peers are discarded. */
  readonly checkSource: boolean;
}

/** How the advertisements of a virtual router travel. */
export interface Transport {
  /** Version 3 over IPv4 that sends and hears version 2 beside it (RFC 9568 §8.4). */
  readonly alsoVersion2: boolean;
  /** The source of advertisements instead of the interface's primary address. */
  readonly sourceAddress?: string;
  /** It is a fault when the interface does not have that address. */
  readonly trackSourceAddress: boolean;
  /** The multicast group, where it is not the RFC's. */
  readonly group?: string;
  readonly unicast?: Unicast;
  /** Of version 2: authentication type 1, at most 8 octets (RFC 2338 §5.3.6). */
  readonly password?: string;
  /** An Active router that yields sends one more advertisement first. */
  readonly advertiseBeforeYield: boolean;
}

/** A vrrp_instance. Times in nanoseconds. */
export interface VirtualRouterConfiguration extends Place, Transport {
  readonly name: string;
  readonly initialState: 'backup' | 'active';
  readonly interfaceName: string;
  readonly virtualRouterId: number;
  readonly version: VrrpVersion;
  readonly family: Family;
  /** 1..255; 255 is the address owner. */
  readonly priority: number;
  readonly advertisementIntervalNs: number;
  readonly preempt: boolean;
  readonly preemptDelayNs: number;
  readonly downTimerAdvertisements: number;
  /** Absent: the addresses go on the interface itself, with its physical MAC. */
  readonly virtualMac?: VirtualMac;
  readonly acceptMode: boolean;
  /** Advertised, in the order of the file. */
  readonly addresses: readonly VirtualAddress[];
  /** On the interface while Active, but not advertised. */
  readonly excludedAddresses: readonly VirtualAddress[];
  /** virtual_routes and virtual_rules: there while Active. */
  readonly routes: readonly ConfiguredRoute[];
  readonly rules: readonly ConfiguredRule[];
  /** A secondary address of the interface takes the place of a primary one that is deleted. */
  readonly promoteSecondaries: boolean;
  /** What version 3 over IPv4 sends (RFC 9568 §5.2.8). */
  readonly ipv4Checksum: 'message-alone' | 'with-pseudo-header';
  readonly announcements: Announcements;
  /** What hosts are told while it is Active; absent: nothing. */
  readonly routerAdvertisement?: RouterAdvertisementConfiguration;
  /** Whether an Active router answers a losing advertisement at once (RFC 9568 §6.4.3). */
  readonly immediateAssertion: boolean;
  /** Whether an owner discards what others send (RFC 3768 §7.1, RFC 5798 §7.1): another owner then changes nothing. */
  readonly ownerIgnoresAdvertisements: boolean;
  readonly checkAddressList: boolean;
  /** Link loss of the interface does not end in the fault state. */
  readonly ignoreInterfaceFaults: boolean;
  readonly notify: NotifyScripts;
  /** Changes of the priority are told to FIFOs. */
  readonly notifyPriorityChanges: boolean;
  readonly tracking: Tracking;
}

/** A garp_group: interfaces whose announcements are spaced together. Times in nanoseconds. */
export interface AnnouncementGroup extends Place {
  readonly interfaces: readonly string[];
  /** Between two announcements; 0: none. */
  readonly pauseNs: { readonly ipv4: number; readonly ipv6: number };
}

/** An address that is on an interface for as long as the router runs. */
export interface StaticAddress extends VirtualAddress {
  readonly device: string;
}

export interface RouterConfiguration {
  readonly file: string;
  readonly routerId?: string;
  /** SCHED_FIFO priority that vrrp_rt_priority asks for. */
  readonly realTimePriority?: number;
  readonly startupDelayNs: number;
  readonly scriptUser?: ScriptUser;
  readonly scriptSecurity: boolean;
  /** Virtual routers wait for an interface that is not there when the router starts. */
  readonly dynamicInterfaces: boolean;
  /** Pause between two announcements on one interface that is in none of the groups. */
  readonly announcementIntervalNs: { readonly ipv4: number; readonly ipv6: number };
  readonly announcementGroups: readonly AnnouncementGroup[];
  readonly notifyFifos: readonly NotifyFifo[];
  /** Those that are tracked by somebody, by kind. */
  readonly trackScripts: readonly TrackScript[];
  readonly trackFiles: readonly TrackFile[];
  readonly trackProcesses: readonly TrackProcess[];
  readonly syncGroups: readonly SyncGroup[];
  readonly staticAddresses: readonly StaticAddress[];
  readonly staticRoutes: readonly ConfiguredRoute[];
  readonly staticRules: readonly ConfiguredRule[];
  readonly virtualRouters: readonly VirtualRouterConfiguration[];
}

/** What reading gives: a configuration, or the errors that prevent it; notices either way. */
export type ConfigurationResult =
  | {
      readonly ok: true;
      readonly configuration: RouterConfiguration;
      readonly notices: readonly ConfigurationNotice[];
    }
  | {
      readonly ok: false;
      readonly errors: readonly ConfigurationError[];
      readonly notices: readonly ConfigurationNotice[];
    };
