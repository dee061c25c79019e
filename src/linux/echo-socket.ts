import { internetChecksum } from '../wire/checksum.ts';
import type { SessionClock } from './clock.ts';
import { c, check, nativeBuffer } from './libc.ts';
import type { Namespace } from './namespace.ts';
import { openRawSocket, type RawSendResult, type RawSocket } from './raw-socket.ts';

const PROTOCOL_ICMP = 1;
const PROTOCOL_ICMPV6 = 58;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const ICMPV6_FILTER = 1;
const ECHO_REPLY_V4 = 0;
const ECHO_REQUEST_V4 = 8;
const ECHO_REQUEST_V6 = 128;
const ECHO_REPLY_V6 = 129;
const ECHO_HEADER = 8;

export interface EchoSocketOptions {
  readonly namespace: Namespace;
  readonly family: 4 | 6;
  readonly clock?: SessionClock;
  /** What a message carries after its header: what these bytes are when it is sent; nothing when absent. */
  readonly payload?: Uint8Array;
  /** Sends echo replies that nobody asked for, and receives nothing. */
  readonly unasked?: boolean;
}

/** Sends echo requests and receives their replies, ICMP or ICMPv6. */
export interface EchoSocket {
  /** Of `receiveBatch`: `bytes[start, end)` is the reply, from its ICMP type on. Nothing but echo replies come. */
  readonly socket: RawSocket;
  /** Makes a destination ready; `interfaceIndex` is needed for a link-local one. */
  target(address: string, interfaceIndex?: number): Uint8Array;
  /** Sends one message (identifier and sequence have 16 bits); never waits, allocates nothing. */
  send(target: Uint8Array, identifier: number, sequence: number): RawSendResult;
  close(): void;
}

function receive(fd: number, family: 4 | 6, what: 'replies' | 'nothing'): void {
  const filter = nativeBuffer(family === 4 ? 4 : 32);
  // A bit that is set blocks its type.
  filter.fill(0xff);
  const type = family === 4 ? ECHO_REPLY_V4 : ECHO_REPLY_V6;
  if (what === 'replies') filter[type >> 3]! &= ~(1 << (type & 7));
  const [level, name] = family === 4 ? [SOL_RAW, ICMP_FILTER] : [PROTOCOL_ICMPV6, ICMPV6_FILTER];
  check(c.setsockopt(fd, level, name, filter, filter.length), 'setsockopt', 'choose what is received');
}

/**
 * Opens a raw socket for echo requests, or for echo replies that nobody asked for.
 * @throws LinuxError: EPERM without CAP_NET_RAW
 */
export function openEchoSocket(options: EchoSocketOptions): EchoSocket {
  const { namespace, family, clock, unasked = false } = options;
  const payload = options.payload ?? new Uint8Array(0);
  const socket = openRawSocket({
    namespace,
    family,
    protocol: family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6,
    ...(clock ? { clock } : {}),
  });
  try {
    receive(socket.fd, family, unasked ? 'nothing' : 'replies');
  } catch (error) {
    socket.close();
    throw error;
  }
  const message = nativeBuffer(ECHO_HEADER + payload.length);
  const view = new DataView(message.buffer);
  const types = family === 4 ? [ECHO_REQUEST_V4, ECHO_REPLY_V4] : [ECHO_REQUEST_V6, ECHO_REPLY_V6];
  view.setUint8(0, types[unasked ? 1 : 0]!);
  return {
    socket,
    target: socket.target,
    send(target, identifier, sequence) {
      message.set(payload, ECHO_HEADER);
      view.setUint16(4, identifier, false);
      view.setUint16(6, sequence, false);
      if (family === 4) {
        // ICMPv6's checksum, with its pseudo-header, is the kernel's work.
        view.setUint16(2, 0, false);
        view.setUint16(2, internetChecksum(message, 0, message.length), false);
      }
      return socket.send(message, target);
    },
    close: () => socket.close(),
  };
}
