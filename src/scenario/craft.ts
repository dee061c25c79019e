import { arpFrame, echoFrame, icmpV6Frame, neighborSolicitationFrame, udpFrame } from '../wire/build.ts';
import { advertisementMessage } from '../wire/build-advertisement.ts';
import { ipFrame, toAddress, toMac } from '../wire/envelope.ts';
import { ROUTER_SOLICITATION, writeRouterMessage } from '../wire/neighbor.ts';
import { write32 } from '../wire/octets.ts';
import { setVrrpChecksum } from '../wire/vrrp.ts';
import { checksumOfMessage, checksumWithPseudoHeader } from '../wire/vrrp-checksum.ts';
import type {
  CraftedAdvertisement,
  CraftedFrame,
  CraftedPacket,
  CraftedQuestion,
  CraftedSolicitation,
} from './plan.ts';

const AUTHENTICATION_LENGTH = 8;
const HEADER_LENGTH = 8;
const ALL_ROUTERS = 'ff02::2';
/** Of neighbor discovery: it was not routed (RFC 4861 §6.1.1). */
const DISCOVERY_HOP_LIMIT = 255;
/** What the payload of a crafted datagram begins with; its number follows. */
export const DATAGRAM_MAGIC = 0x56524447;
export const DATAGRAM_LENGTH = 8;
/** The ports of discard (RFC 863) and beyond: nobody listens there. */
const DATAGRAM_PORTS = { sourcePort: 49_152, destinationPort: 9 };

/** A crafted frame as it is sent. Throws a TypeError that names an address which is none. */
export function craftFrame(crafted: CraftedFrame): Uint8Array {
  switch (crafted.kind) {
    case 'advertisement':
      return craftAdvertisement(crafted);
    case 'question':
      return craftQuestion(crafted);
    case 'solicitation':
      return craftSolicitation(crafted);
    case 'datagram':
      return udpFrame({ ...addressed(crafted), ...DATAGRAM_PORTS, payload: payloadOf(crafted.number) });
    case 'echo':
      return echoFrame({
        ...addressed(crafted),
        operation: 'request',
        identifier: crafted.number,
        sequence: 1,
        payload: payloadOf(crafted.number),
      });
  }
}

function addressed({ source, destination, sourceMac, destinationMac, hopLimit }: CraftedPacket) {
  return { source, destination, sourceMac, hopLimit, ...(destinationMac === undefined ? {} : { destinationMac }) };
}

function payloadOf(number: number): Uint8Array {
  const payload = new Uint8Array(DATAGRAM_LENGTH);
  write32(payload, 0, DATAGRAM_MAGIC);
  write32(payload, 4, number);
  return payload;
}

function craftQuestion({ target, source, sourceMac, destinationMac }: CraftedQuestion): Uint8Array {
  const to = destinationMac === undefined ? {} : { destinationMac };
  if (target.includes(':')) return neighborSolicitationFrame({ target, source, sourceMac, ...to });
  return arpFrame({
    operation: 'request',
    senderMac: sourceMac,
    senderAddress: source,
    targetAddress: target,
    ...to,
  });
}

function craftSolicitation({ source, sourceMac }: CraftedSolicitation): Uint8Array {
  const message = writeRouterMessage({ type: ROUTER_SOLICITATION, sourceLinkLayer: toMac(sourceMac) });
  return icmpV6Frame({ source, destination: ALL_ROUTERS, sourceMac, hopLimit: DISCOVERY_HOP_LIMIT }, message);
}

function craftAdvertisement(crafted: CraftedAdvertisement): Uint8Array {
  const source = toAddress(crafted.source);
  const destination = toAddress(crafted.destination);
  const authenticationData = new Uint8Array(AUTHENTICATION_LENGTH);
  authenticationData.set(new TextEncoder().encode(crafted.authenticationData).subarray(0, AUTHENTICATION_LENGTH));
  const message = advertisementMessage(
    {
      version: crafted.version,
      type: crafted.type,
      virtualRouterId: crafted.virtualRouterId,
      priority: crafted.priority,
      interval: crafted.interval,
      addresses: crafted.addresses.map(toAddress),
      reserved: crafted.reserved,
      authenticationType: crafted.authenticationType,
      authenticationData,
      trailing: new Uint8Array(crafted.trailingOctets),
      ...(crafted.count === undefined ? {} : { addressCount: crafted.count }),
    },
    source,
    destination,
    crafted.checksum,
  );
  return ipFrame({
    source,
    destination,
    sourceMac: crafted.sourceMac,
    destinationMac: crafted.destinationMac,
    protocol: crafted.protocol,
    hopLimit: crafted.hopLimit,
    payload: crafted.cutOctets === 0 ? message : cutShort(message, crafted, source, destination),
  });
}

/** A message without its end, whose checksum is right for what is left: that it is too short is all that is wrong. */
function cutShort(
  message: Uint8Array,
  { cutOctets, checksum }: CraftedAdvertisement,
  source: Uint8Array,
  destination: Uint8Array,
): Uint8Array {
  const left = message.subarray(0, Math.max(0, message.length - cutOctets));
  if (left.length < HEADER_LENGTH || checksum === 'wrong' || typeof checksum === 'number') return left;
  setVrrpChecksum(left, 0);
  const isAlone = checksum === 'message-alone';
  setVrrpChecksum(left, isAlone ? checksumOfMessage(left) : checksumWithPseudoHeader(left, source, destination));
  return left;
}
