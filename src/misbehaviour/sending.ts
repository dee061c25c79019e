import { ALL_NODES_IPV6 } from '../wire/address.ts';
import type { AdvertisementFrame } from '../wire/build-advertisement.ts';
import { BROADCAST_MAC } from '../wire/mac.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { afterActions, afterStep, inState } from './protocol.ts';
import { type Advertisement, advertisements } from './rewrite.ts';

const ALL_HOSTS_IPV4 = Uint8Array.of(224, 0, 0, 1);
/** Of the documentation's subnets, and nobody's. */
const STRANGE_IPV4 = Uint8Array.of(198, 51, 100, 7);
const STRANGE_IPV6 = Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0x51, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7);
const OTHER_PROTOCOL = 113;
const OWNER = 255;

type Changes = Partial<AdvertisementFrame>;

/** Every advertisement is sent with these changes. */
function sends(change: (advertisement: Advertisement) => Changes): Pick<Misbehaviour, 'frames'> {
  return { frames: () => advertisements((one) => ({ ...one, ...change(one) })) };
}

/** The destination MAC address follows from the destination again. */
function to(advertisement: Advertisement, destination: Uint8Array): AdvertisementFrame {
  const { destinationMac: _former, ...rest } = advertisement;
  return { ...rest, destination };
}

function strange(advertisement: Advertisement): Uint8Array {
  return advertisement.source.length === 4 ? STRANGE_IPV4 : STRANGE_IPV6;
}

/** Wrong advertisements: each differs from the right one in one field. */
export const SENDING: readonly Misbehaviour[] = [
  {
    name: 'physical-source-mac',
    does: "sends advertisements from the interface's own MAC address",
    breaks: ['tx.src-mac'],
    frames: () => advertisements((one, { physicalMac }) => ({ ...one, sourceMac: physicalMac })),
  },
  {
    name: 'wrong-group-mac',
    does: 'sends advertisements to the broadcast MAC address',
    breaks: ['tx.dst-mac'],
    ...sends(() => ({ destinationMac: BROADCAST_MAC })),
  },
  {
    name: 'virtual-source-address',
    does: 'sends advertisements from the virtual address',
    breaks: ['tx.src-ip.v4'],
    only: { family: 'ipv4' },
    ...sends(({ addresses }) => ({ source: addresses[0]! })),
  },
  {
    name: 'global-source-address',
    does: 'sends advertisements from an address that is not link-local',
    breaks: ['tx.src-ip.v6'],
    only: { family: 'ipv6' },
    ...sends(() => ({ source: STRANGE_IPV6 })),
  },
  {
    name: 'wrong-destination',
    does: 'sends advertisements to all nodes',
    breaks: ['tx.dst-ip'],
    frames: () => advertisements((one) => to(one, one.source.length === 4 ? ALL_HOSTS_IPV4 : ALL_NODES_IPV6)),
  },
  {
    name: 'ttl-254',
    does: 'sends advertisements with TTL or hop limit 254',
    breaks: ['tx.ttl'],
    ...sends(() => ({ hopLimit: 254 })),
  },
  {
    name: 'wrong-protocol',
    does: `sends advertisements as IP protocol ${OTHER_PROTOCOL}`,
    breaks: ['tx.protocol'],
    ...sends(() => ({ protocol: OTHER_PROTOCOL })),
  },
  {
    name: 'wrong-version',
    does: 'says version 4 in its advertisements',
    breaks: ['tx.version'],
    only: { version: 3 },
    ...sends(() => ({ version: 4 })),
  },
  {
    name: 'version-3-for-2',
    does: 'sends version 3 though configured for version 2',
    breaks: ['tx.version'],
    only: { version: 2 },
    ...sends(({ interval }) => ({ version: 3, interval: interval * 100 })),
  },
  {
    name: 'wrong-type',
    does: 'says type 2 in its advertisements',
    breaks: ['tx.type'],
    ...sends(() => ({ type: 2 })),
  },
  {
    name: 'vrid-zero',
    does: 'says VRID 0 in its advertisements',
    breaks: ['tx.vrid'],
    ...sends(() => ({ virtualRouterId: 0 })),
  },
  {
    name: 'owner-says-254',
    does: 'says priority 254 though it owns the addresses',
    breaks: ['tx.priority.owner'],
    ...sends(({ priority }) => (priority === OWNER ? { priority: 254 } : {})),
  },
  {
    name: 'says-owner',
    does: 'says priority 255 though it does not own the addresses',
    breaks: ['tx.priority.backup'],
    ...sends(({ priority }) => (priority === 0 ? {} : { priority: OWNER })),
  },
  {
    name: 'count-too-high',
    does: 'counts one address more than it lists',
    breaks: ['tx.count'],
    ...sends(({ addresses }) => ({ addressCount: addresses.length + 1 })),
  },
  {
    name: 'no-addresses',
    does: 'lists no address',
    breaks: ['tx.count', 'tx.addresses'],
    ...sends(() => ({ addresses: [] })),
  },
  {
    name: 'reserved-bits',
    does: 'sets the reserve bits',
    breaks: ['tx.reserved'],
    only: { version: 3 },
    ...sends(() => ({ reserved: 0xf })),
  },
  {
    name: 'says-wrong-interval',
    does: 'says twice the interval that it keeps',
    breaks: ['tx.interval'],
    ...sends(({ interval }) => ({ interval: 2 * interval })),
  },
  {
    name: 'authentication-type-1',
    does: 'says authentication type 1, with a password',
    breaks: ['tx.auth.type'],
    only: { version: 2 },
    ...sends(() => ({ authenticationType: 1, authenticationData: new TextEncoder().encode('password') })),
  },
  {
    name: 'authentication-data',
    does: 'sends authentication data under type 0',
    breaks: ['tx.auth.data'],
    only: { version: 2 },
    ...sends(() => ({ authenticationData: new TextEncoder().encode('password') })),
  },
  {
    name: 'wrong-checksum',
    does: 'sends a wrong checksum',
    breaks: ['tx.checksum.v2', 'tx.checksum.v4', 'tx.checksum.v6'],
    ...sends(() => ({ checksum: 'wrong' })),
  },
  {
    name: 'pseudo-header-in-version-2',
    does: 'sums up a pseudo-header in the checksum of version 2',
    breaks: ['tx.checksum.v2'],
    only: { version: 2 },
    ...sends(() => ({ checksum: 'with-pseudo-header' })),
  },
  {
    name: 'no-pseudo-header-over-ipv6',
    does: 'leaves the pseudo-header out of the checksum over IPv6',
    breaks: ['tx.checksum.v6'],
    only: { family: 'ipv6' },
    ...sends(() => ({ checksum: 'message-alone' })),
  },
  {
    name: 'wrong-address',
    does: "lists an address that is not the virtual router's as its last",
    breaks: ['tx.addresses'],
    ...sends((one) => ({ addresses: [...one.addresses.slice(0, -1), strange(one)] })),
  },
  {
    name: 'link-local-last',
    does: 'lists the link-local address last',
    breaks: ['tx.link-local-first'],
    only: { family: 'ipv6' },
    ...sends(({ addresses }) => ({ addresses: addresses.toReversed() })),
  },
  {
    name: 'drifts',
    does: 'sends its advertisements a tenth of an interval late, each time',
    breaks: ['tx.period'],
    protocol: laterBy(() => 0.1),
  },
  {
    name: 'too-often',
    does: 'sends its advertisements after two thirds of the interval',
    breaks: ['tx.period'],
    protocol: laterBy(() => -1 / 3),
  },
  {
    name: 'jitters',
    does: 'sends its advertisements a third of an interval early and late by turns',
    breaks: ['tx.period'],
    protocol: laterBy((sent) => (sent % 2 === 0 ? 1 / 3 : -1 / 3)),
  },
  {
    name: 'leaves-out',
    does: 'leaves out every fourth advertisement',
    breaks: ['tx.period'],
    protocol: laterBy((sent) => (sent % 4 === 3 ? 1 : 0)),
  },
  {
    name: 'sends-twice',
    does: 'sends two advertisements each interval',
    breaks: ['tx.period'],
    protocol: afterActions((actions) =>
      actions.flatMap((action) =>
        action.kind === 'advertise' && action.reason === 'periodic' ? [action, action] : [action],
      ),
    ),
  },
];

/** Adver_Timer, each time that it is set, is so many intervals longer than it should be. */
function laterBy(intervals: (sent: number) => number): NonNullable<Misbehaviour['protocol']> {
  return (right) => {
    let sent = 0;
    return afterStep((made, before) => {
      const { state, parameters } = made.virtualRouter;
      const former = before.state.kind === 'active' ? before.state.advertiseAtNs : undefined;
      if (state.kind !== 'active' || state.advertiseAtNs === former) return made;
      sent += 1;
      const laterNs = Math.round(intervals(sent) * parameters.advertisementIntervalNs);
      return inState(made, { kind: 'active', advertiseAtNs: state.advertiseAtNs + laterNs });
    })(right);
  };
}
