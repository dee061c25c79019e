import { mtuOption } from '../wire/neighbor.ts';
import { concatenate } from '../wire/octets.ts';
import type { FrameRewriter, Misbehaviour, Sender } from './misbehaviour.ts';
import { type RouterAdvertisement, routerAdvertisements } from './rewrite.ts';

const SMALLEST_MTU = 1280;
const UNIVERSAL_BIT = 0x02;
const NEEDS = { only: { family: 'ipv6' }, notInVirtualTime: 'it has no Router Advertisements' } as const;

function says(change: (one: RouterAdvertisement, sender: Sender) => RouterAdvertisement | undefined) {
  return (): FrameRewriter => routerAdvertisements(change);
}

/** Wrong Router Advertisements (RFC 9568 §6.4.2, §6.4.3, §8.2.3): of a router that is configured to send them. */
export const ROUTER_ADVERTISING: readonly Misbehaviour[] = [
  {
    name: 'no-router-advertisement',
    does: 'sends no Router Advertisements though it is told to',
    breaks: ['active.ra'],
    ...NEEDS,
    frames: says(() => undefined),
  },
  {
    name: 'router-advertisement-physical-mac',
    does: "sends Router Advertisements from the interface's own MAC address",
    breaks: ['active.ra'],
    ...NEEDS,
    frames: says((one, { physicalMac }) => ({ ...one, sourceMac: physicalMac, sourceLinkLayer: physicalMac })),
  },
  {
    name: 'router-advertisement-own-address',
    does: "sends Router Advertisements from the interface's own address",
    breaks: ['active.ra'],
    ...NEEDS,
    frames: says((one, { physicalMac }) => ({ ...one, source: linkLocalOf(physicalMac) })),
  },
  {
    name: 'router-advertisement-own-options',
    does: 'sends other options in Router Advertisements than the other routers do',
    breaks: ['nd.ra-options'],
    ...NEEDS,
    frames: says((one, { physicalMac }) => ({
      ...one,
      options: concatenate(one.options, mtuOption(SMALLEST_MTU + physicalMac[5]!)),
    })),
  },
  {
    name: 'backup-sends-router-advertisements',
    does: 'sends Router Advertisements as Backup too',
    breaks: ['backup.no-ra'],
    ...NEEDS,
    routerAdvertising: 'as-backup',
  },
  {
    name: 'router-advertisement-takes-leave',
    does: 'says in a last Router Advertisement of lifetime 0 that it is Active no more',
    breaks: ['backup.no-ra'],
    ...NEEDS,
    routerAdvertising: 'takes-leave',
  },
];

/** The link-local address that an interface makes of its MAC address (RFC 4291 appendix A). */
function linkLocalOf(mac: Uint8Array): Uint8Array {
  const [first, second, third, ...last] = mac as unknown as [number, number, number, number, number, number];
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ UNIVERSAL_BIT, second, third, 0xff, 0xfe, ...last);
}
