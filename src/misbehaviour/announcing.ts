import { compareAddresses } from '../wire/address.ts';
import type { FrameRewriter, Misbehaviour, Sender } from './misbehaviour.ts';
import { afterActions } from './protocol.ts';
import { type Announcement, announcements } from './rewrite.ts';

const ANNOUNCEMENT = ['backup.takeover.announce.v4', 'backup.takeover.announce.v6'];

function announces(change: (one: Announcement, sender: Sender) => Partial<Announcement>): () => FrameRewriter {
  return () => announcements((one, sender) => ({ ...one, ...change(one, sender) }));
}

function withFlags(flags: Partial<Announcement['flags']>): Pick<Misbehaviour, 'only' | 'frames' | 'breaks'> {
  return {
    breaks: ['backup.takeover.announce.v6'],
    only: { family: 'ipv6' },
    frames: announces((one) => ({ flags: { ...one.flags, ...flags } })),
  };
}

/** Wrong gratuitous ARPs and unsolicited Neighbor Advertisements (RFC 9568 §6.4.2). */
export const ANNOUNCING: readonly Misbehaviour[] = [
  {
    name: 'no-announcement',
    does: 'does not announce the virtual addresses when it takes over',
    breaks: ANNOUNCEMENT,
    protocol: afterActions((actions) => actions.filter(({ kind }) => kind !== 'announce')),
  },
  {
    name: 'announces-one-address',
    does: 'announces the last of the virtual addresses alone',
    breaks: ANNOUNCEMENT,
    frames: () => {
      let first: Uint8Array | undefined;
      return announcements((one) => {
        first ??= one.address;
        return isSame(first, one.address) ? undefined : one;
      });
    },
  },
  {
    name: 'announces-physical-mac',
    does: "announces the virtual addresses at the interface's own MAC address",
    breaks: [...ANNOUNCEMENT, 'active.arp-not-physical', 'active.ns-not-physical', 'boot.not-physical'],
    frames: announces((_one, { physicalMac }) => ({ mac: physicalMac, sourceMac: physicalMac })),
  },
  {
    name: 'announces-from-physical-mac',
    does: "announces the virtual MAC in frames that come from the interface's own",
    breaks: ANNOUNCEMENT,
    frames: announces((_one, { physicalMac }) => ({ sourceMac: physicalMac })),
  },
  {
    name: 'announces-as-no-router',
    does: 'announces without the Router flag',
    ...withFlags({ router: false }),
  },
  {
    name: 'announces-as-solicited',
    does: 'announces with the Solicited flag',
    ...withFlags({ solicited: true }),
  },
  {
    name: 'announces-without-override',
    does: 'announces without the Override flag',
    ...withFlags({ override: false }),
  },
];

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return compareAddresses(left, right) === 0;
}
