import type { RawRecord } from '../linux/raw-socket.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import { receivedMessage } from '../vrrp/received-message.ts';
import { addressLengthOf } from '../wire/address.ts';
import { createFrameCursor } from '../wire/frame.ts';
import { createVrrpCursor, type Family, readVrrp } from '../wire/vrrp.ts';

/** Of a packet that the kernel hands over: the addresses, the TTL, and what follows the IP header. */
export type ReceivedPacket = Pick<RawRecord, 'source' | 'destination' | 'hopLimit' | 'bytes' | 'start' | 'end'>;

const MESSAGE_LIMIT = 65_536;

/**
 * Makes a message of a packet. The kernel keeps IPv6 headers to itself, so addresses and payload are put side by side
 * for the checksum.
 */
export function messageReader(family: Family): (record: ReceivedPacket) => ReceivedMessage {
  const addressLength = addressLengthOf(family);
  const start = 2 * addressLength;
  const bytes = new Uint8Array(start + MESSAGE_LIMIT);
  const network = createFrameCursor();
  network.addressLength = addressLength;
  network.sourceAddress = 0;
  network.destinationAddress = addressLength;
  network.cut = false;
  const cursor = createVrrpCursor();
  return (record) => {
    const end = start + record.end - record.start;
    bytes.set(record.source, 0);
    bytes.set(record.destination, addressLength);
    bytes.set(record.bytes.subarray(record.start, record.end), start);
    network.transportOffset = start;
    network.transportEnd = end;
    network.wireEnd = end;
    network.hopLimit = record.hopLimit;
    readVrrp(cursor, bytes, start, end, end, addressLength);
    return receivedMessage(bytes, network, cursor);
  };
}
