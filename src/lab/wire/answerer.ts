import { LINK_TYPE_ETHERNET } from '../../capture/frame.ts';
import type { Namespace } from '../../linux/namespace.ts';
import { openPacketSocket } from '../../linux/packet-socket.ts';
import { formatAddress } from '../../wire/address.ts';
import { ARP_REQUEST, createArpCursor, readArp } from '../../wire/arp.ts';
import { arpFrame, neighborAdvertisementFrame } from '../../wire/build.ts';
import { createFrameCursor, type FrameCursor, readFrame } from '../../wire/frame.ts';
import { ETHER_TYPE_ARP } from '../../wire/link.ts';
import { formatMac } from '../../wire/mac.ts';
import { createNeighborCursor, NEIGHBOR_SOLICITATION, readNeighbor } from '../../wire/neighbor.ts';
import { PROTOCOL_ICMPV6 } from '../../wire/network.ts';
import { PROBLEM_NONE } from '../../wire/problem.ts';

/** Who answers for what, and where. */
export interface AnswererParts {
  readonly namespace: Namespace;
  readonly interfaceIndex: number;
  readonly addresses: readonly string[];
  readonly macAddress: string;
}

const UNSPECIFIED = '::';

/**
 * Answers each ARP request and each Neighbor Solicitation for the addresses with a MAC address, whoever has them.
 * @returns what ends it
 * @throws LinuxError
 */
export function startAnswerer({
  namespace,
  interfaceIndex,
  addresses,
  macAddress,
}: AnswererParts): () => Promise<void> {
  const socket = openPacketSocket({ namespace, interfaceIndex, ignoreOutgoing: true });
  const frame = createFrameCursor();
  const readQuestion = createQuestionReader();
  const wanted = new Set(addresses);
  socket.watch(
    () => {
      socket.receiveBatch(({ bytes, start, end, originalLength }) => {
        if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
        const question = readQuestion(frame, bytes);
        if (question !== undefined && wanted.has(question.target))
          socket.send(answerTo(question, macAddress), interfaceIndex);
      });
    },
    // A link that goes down leaves an error on the socket; when it is up again it is asked again.
    () => {},
  );
  return () => socket.closeAsync();
}

interface Question {
  readonly target: string;
  readonly source: string;
  readonly sourceMac: string;
}

function createQuestionReader(): (frame: FrameCursor, bytes: Uint8Array) => Question | undefined {
  const arp = createArpCursor();
  const neighbor = createNeighborCursor();
  return (frame, bytes) => {
    const sourceMac = frame.sourceMac < 0 ? '' : formatMac(bytes, frame.sourceMac);
    if (frame.etherType === ETHER_TYPE_ARP) {
      if (readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd) !== PROBLEM_NONE) return undefined;
      if (arp.operation !== ARP_REQUEST) return undefined;
      const source = formatAddress(bytes, arp.senderAddress, 4);
      return { target: formatAddress(bytes, arp.targetAddress, 4), source, sourceMac };
    }
    if (frame.protocol !== PROTOCOL_ICMPV6) return undefined;
    const { transportOffset, transportEnd, wireEnd } = frame;
    if (readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd) !== PROBLEM_NONE) return undefined;
    if (neighbor.type !== NEIGHBOR_SOLICITATION) return undefined;
    const source = formatAddress(bytes, frame.sourceAddress, 16);
    return { target: formatAddress(bytes, neighbor.targetAddress, 16), source, sourceMac };
  };
}

function answerTo({ target, source, sourceMac }: Question, macAddress: string): Uint8Array {
  if (!target.includes(':')) {
    return arpFrame({
      operation: 'reply',
      senderMac: macAddress,
      senderAddress: target,
      targetAddress: source,
      targetMac: sourceMac,
      destinationMac: sourceMac,
    });
  }
  // Who looks for duplicates has no address yet: the answer goes to everybody (RFC 4861 §7.2.4).
  const probed = source === UNSPECIFIED;
  return neighborAdvertisementFrame({
    target,
    source: target,
    sourceMac: macAddress,
    solicited: !probed,
    override: true,
    targetLinkLayer: macAddress,
    ...(probed ? {} : { destination: source, destinationMac: sourceMac }),
  });
}
