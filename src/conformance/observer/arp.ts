import { formatIpv4 } from '../../wire/address.ts';
import { ARP_REPLY, createArpCursor, isGratuitousArp, readArp } from '../../wire/arp.ts';
import type { FrameCursor } from '../../wire/frame.ts';
import { formatMac, virtualRouterIdOfMac } from '../../wire/mac.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';
import type { Sender } from './bindings.ts';
import { takeAnnouncement, takeBinding } from './bindings.ts';
import type { Context } from './context.ts';
import { referenceTo } from './findings.ts';
import { learnNeighbour, neighbourKey } from './neighbours.ts';
import type { Ownership } from './ownership.ts';
import { noteAnswered, takeAnswer, takeQuestion } from './questions.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import { keepUnclaimed } from './unclaimed.ts';
import type { TakeFromVirtualMac } from './virtual-mac.ts';

const NONE: readonly VirtualRouterState[] = [];

/** Takes ARP packets: announcements, questions and answers for virtual addresses, and whose a physical MAC address is. */
export function createArp(
  context: Context,
  { owner, announcedBy }: Ownership,
  fromVirtualMac: TakeFromVirtualMac,
): (lan: LanState, frame: FrameCursor, sender: Sender) => void {
  const arp = createArpCursor();

  function takeArp(lan: LanState, frame: FrameCursor, sender: Sender): void {
    const { bytes } = context.record;
    if (readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd) !== PROBLEM_NONE) return;
    const address = formatIpv4(bytes, arp.senderAddress);
    const gratuitous = isGratuitousArp(arp, bytes);
    const toGroup = frame.destinationMac < 0 || (bytes[frame.destinationMac]! & 1) === 1;
    const announces = gratuitous && toGroup;
    const what = announces ? 'a gratuitous ARP' : 'an ARP packet';
    fromVirtualMac(lan, frame, sender, what, { announces, source: address });
    if (!gratuitous) noteExchange(lan, arp.operation === ARP_REPLY);
    const virtualRouter = announces
      ? announcedBy(lan, address, arp.senderMac, 'ipv4')
      : owner(lan, address, arp.senderMac, 'ipv4');
    const isReply = arp.operation === ARP_REPLY;
    const binding = {
      kind: isReply ? ('arp-reply' as const) : ('arp-request' as const),
      address,
      isAnswer: isReply && !announces,
      announces,
      bytes,
      frame: referenceTo(context.record),
      boundMac: arp.senderMac,
      ethernetSource: frame.sourceMac,
      ethernetDestination: frame.destinationMac,
    };
    if (virtualRouter === undefined) {
      if (isReply && !context.vantage.ports) keepUnclaimed(lan, binding);
      if (address === '0.0.0.0' || virtualRouterIdOfMac(bytes, arp.senderMac, 4) >= 0) return;
      learnNeighbour(context, lan, neighbourKey(bytes, arp.senderMac, 'ipv4'), address);
      return;
    }
    if (announces) {
      takeAnnouncement(
        context,
        {
          kind: 'arp',
          virtualRouter,
          address,
          ethernetSource: frame.sourceMac < 0 ? undefined : formatMac(bytes, frame.sourceMac),
          ethernetDestination: frame.destinationMac < 0 ? undefined : formatMac(bytes, frame.destinationMac),
          senderHardware: formatMac(bytes, arp.senderMac),
          targetHardware: formatMac(bytes, arp.targetMac),
          flags: undefined,
          destination: undefined,
        },
        sender,
      );
    }
    takeBinding(context, { ...binding, virtualRouter }, sender);
  }

  /** Who asked whom, and who was answered. */
  function noteExchange(lan: LanState, isReply: boolean): void {
    const { bytes } = context.record;
    if (isReply) {
      noteAnswered(lan, neighbourKey(bytes, arp.targetMac, 'ipv4'));
      const address = formatIpv4(bytes, arp.senderAddress);
      for (const virtualRouter of lan.byAddress.get(address) ?? NONE) takeAnswer(virtualRouter, address);
      return;
    }
    const address = formatIpv4(bytes, arp.targetAddress);
    for (const virtualRouter of lan.byAddress.get(address) ?? NONE) {
      takeQuestion(context, virtualRouter, address, neighbourKey(bytes, arp.senderMac, 'ipv4'));
    }
  }

  return takeArp;
}
