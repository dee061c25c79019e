import { AUTHENTICATION_PASSWORD_OCTETS, type VirtualRouterConfiguration } from '../../config/configuration.ts';
import type { ConflictPlace, FoundConflict } from './conflict.ts';
import type { VirtualRouterGroup } from './lans.ts';

/** A setting that every router of a virtual router should have alike. */
interface Setting extends Pick<FoundConflict, 'kind' | 'level' | 'consequence'> {
  /** What it is, for people. */
  readonly title: string;
  /** In words that are alike where the setting is; undefined: it does not matter here. */
  wordsOf(one: VirtualRouterConfiguration): string | undefined;
  /** What is shown in its place. */
  readonly shown?: (one: VirtualRouterConfiguration) => string;
}

const BOTH_ACTIVE = 'each discards what the other sends, so both are Active at the same time';

const SETTINGS: readonly Setting[] = [
  {
    kind: 'version',
    level: 'error',
    title: 'the version',
    wordsOf: ({ version }) => `${version}`,
    consequence: `${BOTH_ACTIVE}: write the same version (or vrrp_version) in every file`,
  },
  {
    kind: 'interval',
    level: 'error',
    title: 'advert_int',
    wordsOf: ({ version, advertisementIntervalNs }) => (version === 2 ? seconds(advertisementIntervalNs) : undefined),
    consequence: `version 2 discards an advertisement of another interval (RFC 3768 7.1), so both are Active at the same time: write the same advert_int`,
  },
  {
    kind: 'interval',
    level: 'warning',
    title: 'advert_int',
    wordsOf: ({ version, advertisementIntervalNs }) => (version === 3 ? seconds(advertisementIntervalNs) : undefined),
    consequence:
      'a Backup learns the interval of whoever is Active, so a failover takes as long as that one says: write the same advert_int',
  },
  {
    kind: 'authentication',
    level: 'error',
    title: 'authentication',
    wordsOf: ({ version, password }) =>
      version === 3 ? undefined : `${password === undefined} ${password?.slice(0, AUTHENTICATION_PASSWORD_OCTETS)}`,
    shown: ({ password }) => (password === undefined ? 'none' : 'a password of its own'),
    consequence: `${BOTH_ACTIVE}: write the same auth_type and auth_pass, of which the first ${AUTHENTICATION_PASSWORD_OCTETS} characters count`,
  },
  {
    kind: 'unicast',
    level: 'error',
    title: 'how advertisements travel',
    wordsOf: ({ unicast }) => (unicast === undefined ? 'to the multicast group' : 'to unicast peers'),
    consequence:
      'who has unicast_peer sends to its peers alone, and others do not take what it sends: write unicast_peer in every file, or in none',
  },
  {
    kind: 'group',
    level: 'error',
    title: 'the multicast group',
    wordsOf: ({ unicast, group }) => (unicast === undefined ? (group ?? "VRRP's own") : undefined),
    consequence: 'they do not hear each other, so both are Active: write the same mcast_dst_ip or vrrp_mcast_group',
  },
  {
    kind: 'checksum',
    level: 'error',
    title: 'the checksum of version 3',
    wordsOf: ({ version, family, ipv4Checksum }) =>
      version === 3 && family === 'ipv4' ? ipv4Checksum.replaceAll('-', ' ') : undefined,
    consequence: 'keepalived accepts only the one that it sends: write the same v3_checksum_as_v2',
  },
  {
    kind: 'virtual-mac',
    level: 'warning',
    title: 'the MAC address of the virtual addresses',
    wordsOf: ({ virtualMac }) => (virtualMac === undefined ? 'the physical one' : 'the virtual one (use_vmac)'),
    consequence:
      'hosts must learn another MAC address at each failover, and keep the old one where a gratuitous ARP is lost: write use_vmac in every file, or in none',
  },
  {
    kind: 'virtual-mac-address',
    level: 'warning',
    title: 'the virtual MAC address',
    wordsOf: ({ virtualMac }) => virtualMac?.macAddress,
    consequence:
      'hosts must learn another MAC address at each failover: write the same address, or none, behind use_vmac',
  },
  {
    kind: 'preemption',
    level: 'warning',
    title: 'preemption',
    wordsOf: ({ preempt }) => (preempt ? 'on' : 'off (nopreempt)'),
    consequence:
      'the one that preempts takes over again when it comes back, the other does not: write nopreempt in every file, or in none',
  },
  {
    kind: 'accept-mode',
    level: 'warning',
    title: 'whether the virtual addresses answer',
    wordsOf: ({ priority, acceptMode }) =>
      priority === 255 ? undefined : acceptMode ? 'they do' : 'they do not (no_accept)',
    consequence: 'a service on a virtual address is there on one router and not on the other: write the same',
  },
];

/** Settings that are not alike in the files of a virtual router. */
export function settingConflicts(group: VirtualRouterGroup): readonly FoundConflict[] {
  return SETTINGS.flatMap(({ kind, level, title, consequence, wordsOf, shown }) => {
    const values = group.members.flatMap(({ router, one }) => {
      const value = wordsOf(one);
      return value === undefined ? [] : [{ router, value, words: shown?.(one) ?? value }];
    });
    if (new Set(values.map(({ value }) => value)).size < 2) return [];
    const said = values.map(({ router, words }) => `${words} on ${router}`).join(', ');
    return [{ kind, level, message: `${title} differs: ${said}`, consequence, places: placesOf(group) }];
  });
}

/** Where the files say what they say of a virtual router. */
export function placesOf({ members }: Pick<VirtualRouterGroup, 'members'>): readonly ConflictPlace[] {
  return members.map(({ router, one: { file, line, column } }) => ({ router, file, line, column }));
}

function seconds(ns: number): string {
  return `${ns / 1e9} s`;
}
