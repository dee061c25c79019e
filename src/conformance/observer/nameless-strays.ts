import { formatIpv6, isLinkLocalIpv6 } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { judgeStray } from './claims.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import { hasGivenWay } from './overlap.ts';
import { routerWithAddress } from './roles.ts';
import type { NamelessStray, RouterState, VirtualRouterState } from './state.ts';
import { isAdvertising, NEVER } from './state.ts';

/** Sources that are remembered for a virtual router, and frames of each. */
const SOURCES = 16;
const FRAMES = 64;
const IPV6_LENGTH = 16;
/** Where the interface identifier of an address begins, and the middle of one made of a MAC address (RFC 4291, appendix A). */
const IDENTIFIER = 8;
const EUI_64_MIDDLE = [0xff, 0xfe] as const;
/** Whoever sends from an address in so many of its tenures, and twice as many as in anybody else's, is its owner. */
const TENURES_OF_OWNER = 3;
const TIMES_OTHERS = 2;

/**
 * At a tap: a frame from the virtual MAC whose IPv6 source is a link-local address that no router advertises from. A macvlan
 * makes one of its own (RFC 7217), which the kernel reports its groups from whoever is Active; whose it is the end tells.
 */
export function noteNamelessStray(
  context: Context,
  virtualRouter: VirtualRouterState,
  frame: FrameCursor,
  what: string,
): void {
  const { bytes, timeNs } = context.record;
  const { sourceAddress, addressLength } = frame;
  if (addressLength !== IPV6_LENGTH || !isLinkLocalIpv6(bytes, sourceAddress, addressLength)) return;
  // Made of the virtual MAC it is the same on every router.
  const middle = sourceAddress + IDENTIFIER + 3;
  if (bytes[middle] === EUI_64_MIDDLE[0] && bytes[middle + 1] === EUI_64_MIDDLE[1]) return;
  const [tenure, ...others] = virtualRouter.open.filter(
    (one) => isAdvertising(one, timeNs) && !hasGivenWay(context, one),
  );
  if (tenure === undefined || others.length > 0) return;
  const source = formatIpv6(bytes, sourceAddress);
  if (virtualRouter.addressSet.has(source) || routerWithAddress(virtualRouter, source) !== undefined) return;
  let strays = virtualRouter.namelessStrays.get(source);
  if (strays === undefined) {
    if (virtualRouter.namelessStrays.size >= SOURCES) return;
    strays = [];
    virtualRouter.namelessStrays.set(source, strays);
  }
  if (strays.length >= FRAMES) return;
  strays.push({ frame: referenceTo(context.record), what, active: tenure.router, tenureNs: tenure.firstNs });
}

/** At the end: who sends from an address in its own tenures sent from it in those of others, too, while it was not Active. */
export function settleNamelessStrays(context: Context, virtualRouter: VirtualRouterState): void {
  for (const strays of virtualRouter.namelessStrays.values()) {
    const owner = ownerOf(strays);
    if (owner === undefined) continue;
    for (const { active, frame, what } of strays) {
      if (active === owner) continue;
      const sent = { router: owner.name, role: 'backup', frame, what, underWaySinceNs: NEVER } as const;
      judgeStray(context, virtualRouter, { ...sent, isRouterAdvertisement: false, announces: false });
    }
  }
  virtualRouter.namelessStrays.clear();
}

function ownerOf(strays: readonly NamelessStray[]): RouterState | undefined {
  const tenures = new Map<RouterState, Set<number>>();
  for (const { active, tenureNs } of strays) tenures.set(active, (tenures.get(active) ?? new Set()).add(tenureNs));
  const [most, next] = [...tenures].sort(([, one], [, other]) => other.size - one.size);
  if (most === undefined || most[1].size < TENURES_OF_OWNER) return undefined;
  return next === undefined || most[1].size >= TIMES_OTHERS * next[1].size ? most[0] : undefined;
}
