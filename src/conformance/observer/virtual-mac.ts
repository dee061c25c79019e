import { compareOctets, formatAddress } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Sender } from './bindings.ts';
import type { StrayFrame } from './claims.ts';
import { takeStray } from './claims.ts';
import type { Context } from './context.ts';
import { noteNamelessStray } from './nameless-strays.ts';
import type { Ownership } from './ownership.ts';
import type { LanState, VirtualRouterState } from './state.ts';

const MAC_LENGTH = 6;
/** Any that is no ARP, no report, and no neighbor discovery. */
export const AN_IP_PACKET = 'an IP packet';

/** Takes a frame that has a virtual MAC as its source; of others nothing. */
export type TakeFromVirtualMac = (
  lan: LanState,
  frame: FrameCursor,
  sender: Sender,
  what: string,
  more?: Partial<StrayFrame>,
) => void;

export function createFromVirtualMac(context: Context, { byMac }: Ownership): TakeFromVirtualMac {
  function fromVirtualMac(
    lan: LanState,
    frame: FrameCursor,
    sender: Sender,
    what: string,
    more: Partial<StrayFrame> = {},
  ): void {
    if (frame.sourceMac < 0) return;
    const family: Family = context.record.bytes[frame.sourceMac + MAC_LENGTH - 2] === 1 ? 'ipv4' : 'ipv6';
    const virtualRouter = byMac(lan, frame.sourceMac, family);
    if (virtualRouter === undefined) return;
    // Nothing is allocated for what an Active router forwards or answers.
    if (what === AN_IP_PACKET && !context.vantage.ports && !isOfRouter(virtualRouter, frame)) return;
    if (!context.vantage.ports) noteNamelessStray(context, virtualRouter, frame, what);
    const stray = { isRouterAdvertisement: false, takesLeave: false, announces: false, source: sourceOf(frame) };
    takeStray(context, virtualRouter, sender, { what, ...stray, ...more });
  }

  /** At a tap its source address tells whose it is: one of a router's own, in a packet that it does not just forward. */
  function isOfRouter(virtualRouter: VirtualRouterState, frame: FrameCursor): boolean {
    const { addressLength, sourceAddress } = frame;
    return virtualRouter.routers.some(
      ({ sourceOctets }) =>
        sourceOctets.length === addressLength &&
        compareOctets(sourceOctets, 0, context.record.bytes, sourceAddress, addressLength) === 0,
    );
  }

  function sourceOf(frame: FrameCursor): string | undefined {
    if (context.vantage.ports || frame.ipVersion === 0) return undefined;
    return formatAddress(context.record.bytes, frame.sourceAddress, frame.addressLength);
  }

  return fromVirtualMac;
}
