import type { Defaults, Tracking, VirtualRouterConfiguration } from './configuration.ts';
import type { InstanceDraft } from './instance.ts';
import { quoted } from './keyword.ts';
import { type Complaints, complain } from './problem.ts';
import { addressesOf, checkFirstAddress, familyOf, refuseDuplicates } from './resolve-addresses.ts';
import type { InstancesOfFile, ResolveContext } from './resolve-context.ts';
import { announcementsOf, intervalOf, preemptDelayOf, preemptOf, versionOf } from './resolve-timing.ts';
import { resolveTracking } from './resolve-tracking.ts';
import { transportOf } from './resolve-transport.ts';
import { refuseSharedMacInterfaces, virtualMacOf } from './resolve-virtual-mac.ts';
import { routerAdvertisementOf } from './router-advertisement.ts';
import { resolveRoutes, resolveRules } from './routing.ts';
import type { Word } from './words.ts';

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
  const context: ResolveContext = { ...file, defaults, complaints };
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

function resolveInstance(
  context: ResolveContext,
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
  const transport = transportOf({ ...context, family, version, strict }, draft);

  const addresses = addressesOf(draft.addresses, interfaceName, virtualMac, complaints);
  const excludedAddresses = addressesOf(draft.excludedAddresses, interfaceName, virtualMac, complaints);
  refuseDuplicates([...addresses, ...excludedAddresses], complaints);
  const routerAdvertisement = routerAdvertisementOf(draft.routerAdvertisement, family, addresses, complaints);
  const byRfc = strict || defaults !== 'keepalived';
  const acceptMode = owner || (draft.accept ?? !byRfc);
  const noAssertion =
    draft.lowerPriorityNoAdvertisement ?? global.lowerPriorityNoAdvertisement ?? assertsNot(defaults, strict);
  // RFC 5798 §5.2.8 asks for a pseudo-header.
  const checksumAsV2 = draft.checksumAsV2 ?? (byRfc && defaults !== 'rfc5798');
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
    acceptMode,
    addresses,
    excludedAddresses,
    routes: resolveRoutes(draft.routes, family === 'ipv4' ? 4 : 6, complaints),
    rules: resolveRules(draft.rules, family === 'ipv4' ? 4 : 6),
    promoteSecondaries: draft.promoteSecondaries ?? false,
    ...transport,
    ipv4Checksum: checksumAsV2 ? 'message-alone' : 'with-pseudo-header',
    announcements: announcementsOf(draft.announcements, global, byRfc),
    ...(routerAdvertisement === undefined ? {} : { routerAdvertisement }),
    immediateAssertion: !noAssertion,
    ownerIgnoresAdvertisements: version === 2 || (draft.ownerIgnoresAdvertisements ?? defaults === 'rfc5798'),
    checkAddressList:
      defaults === 'keepalived' && !(draft.skipCheckAddressList ?? global.skipCheckAddressList ?? false),
    ignoreInterfaceFaults: draft.ignoreInterfaceFaults ?? false,
    notify: draft.notify,
    notifyPriorityChanges: draft.notifyPriorityChanges ?? global.notifyPriorityChanges ?? false,
    tracking: trackingOf(context, name, draft),
  };
}

/** Only RFC 9568 §6.4.3 has an Active router answer what loses against it; keepalived does so unless it is strict. */
function assertsNot(defaults: Defaults, strict: boolean): boolean {
  return defaults === 'keepalived' ? strict : defaults !== 'rfc9568';
}

function trackingOf({ groups, definitions, complaints }: ResolveContext, name: Word, draft: InstanceDraft): Tracking {
  const group = groups.find((one) => one.draft.members.some(({ text }) => text === name.text));
  const ofGroup = group === undefined ? undefined : { ...group.draft, name: group.name.text };
  return resolveTracking(draft.tracking, ofGroup, definitions, complaints);
}

function refuseUnderStrict(context: ResolveContext, draft: InstanceDraft, name: Word, strict: boolean): void {
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
