import { isIPv4 } from 'node:net';

import type { Family, VrrpVersion } from '../wire/vrrp.ts';
import type {
  Announcements,
  Defaults,
  Tracking,
  VirtualAddress,
  VirtualMac,
  VirtualRouterConfiguration,
} from './configuration.ts';
import type { AnnouncementsDraft, GlobalDraft } from './global.ts';
import { type InstanceDraft, isInterfaceName } from './instance.ts';
import { quoted } from './keyword.ts';
import { type Complaints, complain, notice, type Place } from './problem.ts';
import { resolveTracking } from './resolve-tracking.ts';
import type { NamedGroup } from './sync-group.ts';
import type { TrackDefinitions } from './tracking.ts';
import type { VirtualAddressDraft } from './virtual-address.ts';
import type { Word } from './words.ts';

/** A vrrp_instance as it was read: its name and what it says. */
export interface NamedInstance {
  readonly name: Word;
  readonly draft: InstanceDraft;
}

/** What a file says about virtual routers. */
export interface InstancesOfFile {
  readonly global: GlobalDraft;
  readonly instances: readonly NamedInstance[];
  readonly groups: readonly NamedGroup[];
  readonly definitions: TrackDefinitions;
}

interface Context extends InstancesOfFile {
  readonly defaults: Defaults;
  readonly complaints: Complaints;
}

const SECOND_NS = 1_000_000_000;
const MOST_ADDRESSES = 255;
const CENTISECOND_NS = SECOND_NS / 100;

/**
 * Fills in what the file leaves open, and checks what can be checked only across keywords: the family and the version,
 * intervals, names. Instances that cannot be are left out; complaints say why.
 */
export function resolveInstances(
  file: InstancesOfFile,
  defaults: Defaults,
  complaints: Complaints,
): VirtualRouterConfiguration[] {
  const { instances } = file;
  const context = { ...file, defaults, complaints };
  const resolved: VirtualRouterConfiguration[] = [];
  const names = new Set<string>();
  const keys = new Set<string>();
  const macNames = new Set(instances.flatMap(({ draft }) => draft.virtualMac?.interfaceName ?? []));
  for (const { name, draft } of instances) {
    if (names.has(name.text))
      complain(complaints, name, `vrrp_instance ${quoted(name.text)} is there twice`, 'rename one');
    names.add(name.text);
    const router = resolveInstance(context, name, draft, macNames);
    if (router === undefined) continue;
    const key = `${router.interfaceName} ${router.family} ${router.virtualRouterId}`;
    if (keys.has(key)) {
      complain(
        complaints,
        name,
        `virtual_router_id ${router.virtualRouterId} is used twice on ${router.interfaceName} for ${router.family}`,
        'a VRID names one virtual router of a family on a LAN',
      );
    }
    keys.add(key);
    resolved.push(router);
  }
  refuseSharedMacInterfaces(resolved, complaints);
  return resolved;
}

function refuseSharedMacInterfaces(routers: readonly VirtualRouterConfiguration[], complaints: Complaints): void {
  const seen = new Set<string>();
  for (const router of routers) {
    const name = router.virtualMac?.interfaceName;
    if (name === undefined) continue;
    if (seen.has(name))
      complain(complaints, router, `the interface ${name} would carry two virtual MACs`, 'name another after use_vmac');
    seen.add(name);
  }
}

function resolveInstance(
  context: Context,
  name: Word,
  draft: InstanceDraft,
  macNames: Set<string>,
): VirtualRouterConfiguration | undefined {
  const { complaints, global, defaults } = context;
  const { interfaceName, virtualRouterId } = draft;
  const title = `vrrp_instance ${name.text}`;
  if (interfaceName === undefined) complain(complaints, name, `${title} needs interface`, 'add interface NAME');
  if (virtualRouterId === undefined)
    complain(complaints, name, `${title} needs virtual_router_id`, 'add virtual_router_id 1…255');
  const family = familyOf(draft, name, complaints);
  if (interfaceName === undefined || virtualRouterId === undefined || family === undefined) return undefined;

  const strict = draft.strict ?? global.strict ?? false;
  const priority = draft.priority ?? 100;
  const owner = priority === 255;
  const version = versionOf(context, draft, family);
  const virtualMac = virtualMacOf(context, draft, { name, family, virtualRouterId, macNames });
  refuseUnderStrict(context, draft, name, strict);
  checkFirstAddress(context, draft, family, strict);
  checkSource(context, draft, family);

  const addresses = addressesOf(draft.addresses, interfaceName, virtualMac, complaints);
  const excludedAddresses = addressesOf(draft.excludedAddresses, interfaceName, virtualMac, complaints);
  refuseDuplicates([...addresses, ...excludedAddresses], complaints);
  const rfcAccept = strict || defaults === 'rfc9568' ? owner : true;
  const noAssertion =
    draft.lowerPriorityNoAdvertisement ?? global.lowerPriorityNoAdvertisement ?? (strict && defaults !== 'rfc9568');
  const rfcChecksum = strict || defaults === 'rfc9568';
  const { file, line, column } = name;
  return {
    file,
    line,
    column,
    name: name.text,
    initialState: draft.state ?? 'backup',
    interfaceName,
    virtualRouterId,
    version,
    family,
    priority,
    advertisementIntervalNs: intervalOf(context, draft, version),
    preempt: preemptOf(context, draft),
    preemptDelayNs: preemptDelayOf(context, draft, strict),
    downTimerAdvertisements: draft.downTimerAdvertisements ?? global.downTimerAdvertisements ?? 3,
    ...(virtualMac === undefined ? {} : { virtualMac }),
    acceptMode: owner || (draft.accept ?? rfcAccept),
    addresses,
    excludedAddresses,
    ...(draft.sourceAddress === undefined ? {} : { sourceAddress: draft.sourceAddress.value }),
    ipv4Checksum: (draft.checksumAsV2 ?? rfcChecksum) ? 'message-alone' : 'with-pseudo-header',
    announcements: announcementsOf(draft.announcements, global, strict || defaults === 'rfc9568'),
    immediateAssertion: !noAssertion,
    checkAddressList:
      defaults === 'keepalived' && !(draft.skipCheckAddressList ?? global.skipCheckAddressList ?? false),
    ignoreInterfaceFaults: draft.ignoreInterfaceFaults ?? false,
    notify: draft.notify,
    notifyPriorityChanges: draft.notifyPriorityChanges ?? global.notifyPriorityChanges ?? false,
    tracking: trackingOf(context, name, draft),
  };
}

function trackingOf({ groups, definitions, complaints }: Context, name: Word, draft: InstanceDraft): Tracking {
  const group = groups.find((one) => one.draft.members.some(({ text }) => text === name.text));
  const ofGroup = group === undefined ? undefined : { ...group.draft, name: group.name.text };
  return resolveTracking(draft.tracking, ofGroup, definitions, complaints);
}

function familyOf(draft: InstanceDraft, name: Word, complaints: Complaints): Family | undefined {
  const first = draft.addresses[0];
  if (first === undefined) {
    complain(complaints, name, `vrrp_instance ${name.text} needs an address`, 'add virtual_ipaddress { ADDRESS }');
    return undefined;
  }
  if (draft.addresses.length > MOST_ADDRESSES) {
    complain(
      complaints,
      draft.addresses[MOST_ADDRESSES]!.address,
      `an advertisement carries at most ${MOST_ADDRESSES} addresses`,
      'use virtual_ipaddress_excluded',
    );
  }
  const is4 = isIPv4(first.address.address);
  for (const { address } of [...draft.addresses, ...draft.excludedAddresses]) {
    if (isIPv4(address.address) !== is4) {
      complain(
        complaints,
        address,
        'the addresses of a vrrp_instance are of one family',
        'write a vrrp_instance for each family',
      );
    }
  }
  return is4 ? 'ipv4' : 'ipv6';
}

function versionOf(context: Context, draft: InstanceDraft, family: Family): VrrpVersion {
  const { version } = draft;
  if (family === 'ipv6') {
    if (version?.value === 2) notice(context.complaints, version, 'version 2 knows IPv4 alone: version 3 is used');
    return 3;
  }
  return version?.value ?? context.global.version ?? (context.defaults === 'rfc9568' ? 3 : 2);
}

function intervalOf(context: Context, draft: InstanceDraft, version: VrrpVersion): number {
  const { intervalNs } = draft;
  if (intervalNs === undefined) return SECOND_NS;
  const unitNs = version === 2 ? SECOND_NS : CENTISECOND_NS;
  const rounded = Math.max(unitNs, Math.round(intervalNs.value / unitNs) * unitNs);
  if (version === 3 && rounded > 4095 * CENTISECOND_NS) {
    complain(context.complaints, intervalNs, 'advert_int of version 3 is at most 40.95 seconds');
  }
  if (rounded !== intervalNs.value) {
    const unit = version === 2 ? 'whole seconds' : 'hundredths of a second';
    notice(
      context.complaints,
      intervalNs,
      `version ${version} counts ${unit}: advert_int is rounded to ${rounded / SECOND_NS}`,
    );
  }
  return rounded;
}

function preemptOf(context: Context, draft: InstanceDraft): boolean {
  const { preempt, state } = draft;
  if (preempt === undefined || preempt.value) return true;
  if (state !== 'active') return false;
  notice(context.complaints, preempt, 'nopreempt is ignored where state is MASTER, as keepalived does');
  return true;
}

function preemptDelayOf(context: Context, draft: InstanceDraft, strict: boolean): number {
  const { preemptDelayNs, state } = draft;
  if (preemptDelayNs === undefined) return 0;
  if (strict) {
    complain(
      context.complaints,
      preemptDelayNs,
      'preempt_delay is no part of the RFC, and strict mode is on',
      'remove one of them',
    );
  }
  if (state !== 'active') return preemptDelayNs.value;
  notice(context.complaints, preemptDelayNs, 'preempt_delay is ignored where state is MASTER, as keepalived does');
  return 0;
}

function refuseUnderStrict(context: Context, draft: InstanceDraft, name: Word, strict: boolean): void {
  if (!strict) return;
  const { complaints } = context;
  const remove = 'remove one of them';
  if (draft.transmitOnBase !== undefined) {
    complain(complaints, draft.transmitOnBase, 'vmac_xmit_base breaks RFC 9568 7.2, and strict mode is on', remove);
  }
  if ((draft.announcements.repeat ?? 1) > 1)
    complain(complaints, name, 'strict mode allows one gratuitous ARP, not repeats', remove);
  if (draft.state === 'active' && draft.priority !== 255) {
    complain(complaints, name, 'strict mode allows state MASTER with priority 255 alone', 'use state BACKUP');
  }
}

function checkFirstAddress(context: Context, draft: InstanceDraft, family: Family, strict: boolean): void {
  const first = draft.addresses[0]?.address;
  if (family !== 'ipv6' || first === undefined || /^fe[89ab]/i.test(first.address)) return;
  const message = 'the first IPv6 address must be the link-local address of the virtual router (RFC 9568 5.2.9)';
  if (strict || context.defaults === 'rfc9568') complain(context.complaints, first, message, 'write fe80::… first');
  else notice(context.complaints, first, message);
}

function checkSource(context: Context, draft: InstanceDraft, family: Family): void {
  const { sourceAddress } = draft;
  if (sourceAddress === undefined || isIPv4(sourceAddress.value) === (family === 'ipv4')) return;
  complain(context.complaints, sourceAddress, `mcast_src_ip must be of the family of the virtual addresses, ${family}`);
}

interface MacContext {
  readonly name: Word;
  readonly family: Family;
  readonly virtualRouterId: number;
  readonly macNames: Set<string>;
}

function virtualMacOf(context: Context, draft: InstanceDraft, about: MacContext): VirtualMac | undefined {
  const { virtualMac, transmitOnBase } = draft;
  if (virtualMac === undefined) {
    if (transmitOnBase !== undefined) complain(context.complaints, transmitOnBase, 'vmac_xmit_base needs use_vmac');
    return undefined;
  }
  const vrid = about.virtualRouterId.toString(16).padStart(2, '0');
  const standard = `00:00:5e:00:0${about.family === 'ipv4' ? 1 : 2}:${vrid}`;
  const given = virtualMac.macAddress
    ?.toLowerCase()
    .split(':')
    .map((octet) => octet.padStart(2, '0'));
  if (given?.length === 5) given.push(vrid);
  if (given !== undefined && (Number.parseInt(given[0]!, 16) & 1) === 1) {
    complain(
      context.complaints,
      virtualMac,
      `${given.join(':')} is a group address`,
      'a virtual MAC is an individual address',
    );
  }
  const interfaceName = virtualMac.interfaceName ?? freeName(context, about);
  if (!isInterfaceName(interfaceName))
    complain(context.complaints, virtualMac, `${quoted(interfaceName)} is no name for an interface`);
  return { interfaceName, macAddress: given?.join(':') ?? standard, transmitOnBase: transmitOnBase !== undefined };
}

/** `vrrp.250`, and where that is taken by another virtual router of the file `vrrp6.250` or `vrrp.250.1`. */
function freeName(context: Context, { family, virtualRouterId, macNames }: MacContext): string {
  const { virtualMacPrefix } = context.global;
  const candidates = [`${virtualMacPrefix}.${virtualRouterId}`];
  if (family === 'ipv6') candidates.push(`${virtualMacPrefix}6.${virtualRouterId}`);
  for (let number = 1; number <= 9; number += 1) candidates.push(`${virtualMacPrefix}.${virtualRouterId}.${number}`);
  const free = candidates.find((candidate) => !macNames.has(candidate)) ?? candidates[0]!;
  macNames.add(free);
  return free;
}

function addressesOf(
  drafts: readonly VirtualAddressDraft[],
  interfaceName: string,
  virtualMac: VirtualMac | undefined,
  complaints: Complaints,
): VirtualAddress[] {
  const carrier = virtualMac?.interfaceName ?? interfaceName;
  for (const { device } of drafts) {
    if (device === undefined || device.text === carrier) continue;
    complain(
      complaints,
      device,
      `a virtual address on ${quoted(device.text)} is not honoured`,
      `virtual addresses go on ${carrier}: remove dev`,
    );
  }
  return drafts.map(({ address }) => address);
}

function refuseDuplicates(addresses: readonly VirtualAddress[], complaints: Complaints): void {
  const seen = new Set<string>();
  for (const address of addresses) {
    const key = address.address.toLowerCase();
    if (seen.has(key)) complain(complaints, address, `${address.address} is there twice`, 'remove one');
    seen.add(key);
  }
}

function announcementsOf(draft: AnnouncementsDraft, global: GlobalDraft, single: boolean): Announcements {
  const given = { ...global.announcements, ...draft };
  const minimal = single || global.minimalAnnouncements === true;
  const repeat = given.repeat ?? (minimal ? 1 : 5);
  const delayNs = given.delayNs ?? (minimal ? 0 : 5 * SECOND_NS);
  return {
    repeat,
    delayNs,
    refreshNs: given.refreshNs ?? 0,
    refreshRepeat: given.refreshRepeat ?? 1,
    lowerPriorityRepeat: given.lowerPriorityRepeat ?? (minimal ? 0 : repeat),
    lowerPriorityDelayNs: given.lowerPriorityDelayNs ?? delayNs,
  };
}

/** Where a complaint about a whole file points. */
export function wholeFile(file: string): Place {
  return { file, line: 1, column: 1 };
}
