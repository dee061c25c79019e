import { compareOctets, formatAddress, VRRP_GROUP_IPV4, VRRP_GROUP_IPV6 } from '../../wire/address.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import type { Context } from './context.ts';
import { subjectOf } from './context.ts';
import { referenceTo } from './findings.ts';
import type { LanState } from './state.ts';
import type { VirtualRouters } from './virtual-routers.ts';

const SHORTEST_MESSAGE = 8;

/** Whether something that is not protocol 112 goes to VRRP's group and begins like an advertisement. */
export function looksMisplaced(bytes: Uint8Array, frame: FrameCursor): boolean {
  if (frame.ipVersion === 0 || frame.transportEnd - frame.transportOffset < SHORTEST_MESSAGE) return false;
  const group = frame.addressLength === 4 ? VRRP_GROUP_IPV4 : VRRP_GROUP_IPV6;
  if (bytes[frame.destinationAddress + frame.addressLength - 1] !== group[group.length - 1]) return false;
  if (compareOctets(bytes, frame.destinationAddress, group, 0, group.length) !== 0) return false;
  const first = bytes[frame.transportOffset];
  return first === 0x21 || first === 0x31;
}

/** An advertisement in the wrong protocol: no receiver sees it. */
export function judgeMisplaced(
  context: Context,
  virtualRouters: VirtualRouters,
  lan: LanState,
  frame: FrameCursor,
): void {
  const { bytes } = context.record;
  const virtualRouterId = bytes[frame.transportOffset + 1]!;
  const family = frame.addressLength === 4 ? 'ipv4' : 'ipv6';
  const virtualRouter = virtualRouters.find(lan, virtualRouterId, family);
  if (virtualRouter === undefined) return;
  const source = formatAddress(bytes, frame.sourceAddress, frame.addressLength);
  const router = virtualRouter.routers.find(({ sourceAddress }) => sourceAddress === source);
  const version = bytes[frame.transportOffset]! >>> 4;
  context.findings.judged('tx.protocol');
  context.findings.report(
    subjectOf(context, virtualRouter, router?.name ?? source, version),
    {
      requirement: 'tx.protocol',
      message: `what looks like an advertisement is sent to VRRP's group as IP protocol ${frame.protocol} instead of 112: no router takes it for one`,
      expected: '112',
      seen: String(frame.protocol),
    },
    [referenceTo(context.record)],
  );
}
