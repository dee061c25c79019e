import { formatAddress } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Sender } from './bindings.ts';
import type { StrayFrame } from './claims.ts';
import { takeStray } from './claims.ts';
import type { Context } from './context.ts';
import type { Ownership } from './ownership.ts';
import type { LanState } from './state.ts';

const MAC_LENGTH = 6;

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
    const stray = { isRouterAdvertisement: false, takesLeave: false, announces: false, source: sourceOf(frame) };
    takeStray(context, virtualRouter, sender, { what, ...stray, ...more });
  }

  function sourceOf(frame: FrameCursor): string | undefined {
    if (context.vantage.ports || frame.ipVersion === 0) return undefined;
    return formatAddress(context.record.bytes, frame.sourceAddress, frame.addressLength);
  }

  return fromVirtualMac;
}
