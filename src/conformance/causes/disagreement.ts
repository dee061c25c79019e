import {
  CHECKSUM_EITHER,
  CHECKSUM_MESSAGE_ALONE,
  CHECKSUM_UNKNOWN,
  CHECKSUM_WITH_PSEUDO_HEADER,
} from '../../wire/vrrp.ts';
import type { Message } from '../observer/message.ts';
import type { RouterState } from '../observer/state.ts';
import type { CauseId, OverlapReason } from '../result.ts';
import { CHECKSUM_SETTINGS, duration, list } from '../rules/words.ts';

const RFC_HOP_LIMIT = 255;

interface Finder {
  readonly id: CauseId;
  /** What the two do differently, or undefined. */
  readonly differs: (one: Message, other: Message, names: readonly [string, string]) => string | undefined;
  readonly settle: string;
}

/** Why one of two routers discards what the other says though it arrives: the differences that receivers check. */
const FINDERS: readonly Finder[] = [
  {
    id: 'version-mismatch',
    differs: (one, other, [a, b]) =>
      one.version === other.version ? undefined : `${a} speaks VRRPv${one.version}, ${b} VRRPv${other.version}`,
    settle: 'give both routers one version; a router drops the other one (§7.1)',
  },
  {
    id: 'ttl-changed',
    differs: (one, other, [a, b]) => {
      if (one.unicast || other.unicast) return undefined;
      if (one.hopLimit === other.hopLimit) return undefined;
      const [name, message] = one.hopLimit === RFC_HOP_LIMIT ? [b, other] : [a, one];
      return `advertisements of ${name} arrive with TTL ${message.hopLimit} instead of 255: something routed them, or its sender is wrong`;
    },
    settle: 'capture at the sender: is it 255 there, then a hop between lowers it',
  },
  {
    id: 'unicast-multicast',
    differs: (one, other, [a, b]) => {
      if (one.unicast === other.unicast) return undefined;
      const [single, group] = one.unicast ? [a, b] : [b, a];
      return `${single} sends to one peer (unicast), ${group} to the group`;
    },
    settle: 'configure both alike: unicast_peer on each router, or on none',
  },
  {
    id: 'v2-authentication',
    differs: (one, other, [a, b]) => {
      if (one.version !== 2 || other.version !== 2) return undefined;
      if (one.authenticationType === other.authenticationType) return undefined;
      return `${a} sends authentication type ${one.authenticationType}, ${b} type ${other.authenticationType}`;
    },
    settle: 'give both the same authentication, or none',
  },
  {
    id: 'v2-intervals',
    differs: (one, other, [a, b]) => {
      if (one.version !== 2 || other.version !== 2 || one.intervalField === other.intervalField) return undefined;
      return `${a} says an interval of ${duration(one.intervalNs)}, ${b} ${duration(other.intervalNs)}; a VRRPv2 router drops any interval but its own`;
    },
    settle: 'give both one advertisement interval (advert_int)',
  },
  {
    id: 'checksum-conventions',
    differs: (one, other, [a, b]) => {
      const [first, second] = [conventionOf(one), conventionOf(other)];
      if (first === undefined || second === undefined || first === second) return undefined;
      return `${a} computes its checksum ${first}, ${b} ${second}: either takes the other's for broken`;
    },
    settle: `make them agree (${CHECKSUM_SETTINGS})`,
  },
  {
    id: 'address-lists',
    differs: (one, other, [a, b]) => {
      const missing = one.addresses.filter((address) => !other.addresses.includes(address));
      const extra = other.addresses.filter((address) => !one.addresses.includes(address));
      if (missing.length + extra.length === 0) return undefined;
      const parts = [
        ...(missing.length === 0 ? [] : [`${a} alone advertises ${list(missing, 3)}`]),
        ...(extra.length === 0 ? [] : [`${b} alone advertises ${list(extra, 3)}`]),
      ];
      return `${parts.join(', ')}; a router that checks the list drops the other's advertisements`;
    },
    settle: 'give both the same virtual addresses in the same order',
  },
];

/** How a version 3 checksum over IPv4 was computed, where the message tells. */
function conventionOf({ version, family, checksumConvention }: Message): string | undefined {
  if (version !== 3 || family !== 'ipv4') return undefined;
  if (checksumConvention === CHECKSUM_EITHER || checksumConvention === CHECKSUM_UNKNOWN) return undefined;
  if (checksumConvention === CHECKSUM_MESSAGE_ALONE) return 'over the message alone';
  return checksumConvention === CHECKSUM_WITH_PSEUDO_HEADER ? 'with a pseudo-header' : undefined;
}

/** Every difference between two routers of one VRID for which one may not believe the other. */
export function disagreements(one: RouterState, other: RouterState): readonly OverlapReason[] {
  const { newest } = one;
  const second = other.newest;
  if (newest === undefined || second === undefined) return [];
  return [
    ...asymmetricPeers(one, other),
    ...FINDERS.flatMap(({ id, differs, settle }) => {
      const text = differs(newest, second, [one.name, other.name]);
      // A list may legally differ where nobody checks it: it explains nothing for sure.
      const certainty = id === 'address-lists' ? ('possible' as const) : ('likely' as const);
      return text === undefined ? [] : [{ id, certainty, text, settle }];
    }),
  ];
}

/** Both send to single peers, and one of them does not send to the other: a list that lacks it, or an address that is translated. */
function asymmetricPeers(one: RouterState, other: RouterState): readonly OverlapReason[] {
  if (!one.unicast || !other.unicast) return [];
  const lacking = [[one, other] as const, [other, one] as const].filter(
    ([from, to]) => !from.peers.has(to.sourceAddress),
  );
  return lacking.map(([from, to]) => ({
    id: 'asymmetric-peers',
    certainty: 'likely',
    text: `${from.name} sends to ${list([...from.peers], 3)}, and ${to.sourceAddress}, from which ${to.name} advertises, is not among them`,
    settle: `unicast_peer of ${from.name}; where it names ${to.name} by another address, one of them is translated (NAT): give unicast_src_ip`,
  }));
}
