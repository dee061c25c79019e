import { isIPv4 } from 'node:net';
import { compareAddresses, parseAddress, vrrpGroup } from '../wire/address.ts';
import type { Family, VrrpVersion } from '../wire/vrrp.ts';
import type { Transport, Unicast, UnicastPeerConfiguration } from './configuration.ts';
import type { InstanceDraft } from './instance.ts';
import { complain, notice } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Placed } from './transport.ts';

const HIGHEST_TTL = 255;

/** What the transport of one virtual router depends on beside its own keywords. */
export interface TransportContext extends ResolveContext {
  readonly family: Family;
  readonly version: VrrpVersion;
  readonly strict: boolean;
}

/** How advertisements travel: from where, to a group or to peers, in which versions, with which password. */
export function transportOf(context: TransportContext, draft: InstanceDraft): Transport {
  const { global, family } = context;
  requireFamily(context, draft.sourceAddress, 'the source address');
  refuseUnderStrict(context, draft);
  const unicast = unicastOf(context, draft);
  const group = unicast === undefined ? groupOf(context, draft) : undefined;
  const password = passwordOf(context, draft);
  const { sourceAddress } = draft;
  if (draft.trackSourceAddress !== undefined && sourceAddress === undefined) {
    notice(context.complaints, draft.trackSourceAddress, 'track_src_ip is ignored: there is no mcast_src_ip');
  }
  return {
    alsoVersion2: alsoVersion2Of(context, draft),
    ...(sourceAddress === undefined ? {} : { sourceAddress: sourceAddress.value }),
    trackSourceAddress: draft.trackSourceAddress !== undefined && sourceAddress !== undefined,
    ...(group === undefined || isDefaultGroup(group, family) ? {} : { group }),
    ...(unicast === undefined ? {} : { unicast }),
    ...(password === undefined ? {} : { password }),
    advertiseBeforeYield: draft.advertiseBeforeYield?.value ?? global.advertiseBeforeYield ?? false,
  };
}

function requireFamily(context: TransportContext, given: Placed<string> | undefined, what: string): void {
  const { family, complaints } = context;
  if (given === undefined || isIPv4(given.value) === (family === 'ipv4')) return;
  complain(complaints, given, `${what} must be of the family of the virtual addresses, ${family}`);
}

function groupOf(context: TransportContext, draft: InstanceDraft): string | undefined {
  requireFamily(context, draft.group, 'mcast_dst_ip');
  return draft.group?.value ?? context.global.groups[context.family];
}

function isDefaultGroup(group: string, family: Family): boolean {
  return compareAddresses(parseAddress(group)!, vrrpGroup(family)) === 0;
}

function unicastOf(context: TransportContext, draft: InstanceDraft): Unicast | undefined {
  const { complaints, global } = context;
  const { peers } = draft;
  if (peers === undefined || peers.value.length === 0) {
    const keyword = draft.faultWithoutPeer ?? peers;
    if (keyword !== undefined) complain(complaints, keyword, 'there is no peer', 'add unicast_peer { ADDRESS … }');
    if (draft.unicastTtl !== undefined)
      notice(complaints, draft.unicastTtl, 'unicast_ttl is ignored: there is no unicast_peer');
    return undefined;
  }
  if (draft.group !== undefined)
    complain(complaints, draft.group, 'mcast_dst_ip has no place beside unicast_peer', 'remove one of them');
  const bounded = peers.value.some(
    ({ minimumTtl, maximumTtl }) => minimumTtl !== undefined || maximumTtl !== undefined,
  );
  return {
    peers: peersOf(context, draft),
    ttl: draft.unicastTtl?.value ?? HIGHEST_TTL,
    // keepalived: a bound on the TTL of one peer turns the check on.
    checkSource: bounded || (draft.checkUnicastSource ?? global.checkUnicastSource ?? false),
  };
}

function peersOf(context: TransportContext, draft: InstanceDraft): UnicastPeerConfiguration[] {
  const { complaints } = context;
  const seen = new Set<string>();
  return draft.peers!.value.map(({ address, minimumTtl = 0, maximumTtl = HIGHEST_TTL }) => {
    requireFamily(context, address, 'a unicast peer');
    const key = parseAddress(address.value)!.join('.');
    if (seen.has(key)) complain(complaints, address, `the peer ${address.value} is there twice`, 'remove one');
    seen.add(key);
    if (minimumTtl > maximumTtl) complain(complaints, address, 'min_ttl is greater than max_ttl', 'swap them');
    if (draft.sourceAddress?.value === address.value)
      complain(complaints, address, `${address.value} is this router's own address`, 'remove it');
    return { address: address.value, minimumTtl, maximumTtl };
  });
}

/** As in keepalived, version 3 has no authentication whatever was written. */
function passwordOf(context: TransportContext, draft: InstanceDraft): string | undefined {
  const { complaints, version, family } = context;
  const { authentication } = draft;
  if (authentication === undefined) return undefined;
  const { type, password } = authentication;
  if (type === undefined || password === undefined) {
    complain(complaints, authentication, 'authentication needs auth_type and auth_pass', 'add what is missing');
    return undefined;
  }
  if (family === 'ipv4' && (version === 2 || draft.alsoVersion2?.value === true)) return password;
  notice(complaints, authentication, 'authentication is ignored: version 3 has none');
  return undefined;
}

function alsoVersion2Of({ complaints, version, family }: TransportContext, { alsoVersion2 }: InstanceDraft): boolean {
  if (alsoVersion2?.value !== true) return false;
  if (version === 3 && family === 'ipv4') return true;
  complain(complaints, alsoVersion2, 'v2_v3_mode is for version 3 over IPv4', 'add version 3, or remove v2_v3_mode');
  return false;
}

/** What no RFC has (keepalived's strict mode knows none of them either). */
function refuseUnderStrict({ complaints, strict }: TransportContext, draft: InstanceDraft): void {
  if (!strict) return;
  const remove = 'remove one of them';
  const { peers, authentication, advertiseBeforeYield } = draft;
  if (peers !== undefined) complain(complaints, peers, 'strict mode has no unicast peers', remove);
  if (authentication !== undefined) complain(complaints, authentication, 'strict mode has no authentication', remove);
  if (advertiseBeforeYield?.value === true)
    complain(complaints, advertiseBeforeYield, 'strict mode has no higher_prio_send_advert', remove);
}
