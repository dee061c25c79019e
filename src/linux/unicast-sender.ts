import { AF_INET, AF_INET6 } from './address.ts';
import { c, check, closeDescriptor, setOption } from './libc.ts';
import { familyLevel } from './membership.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { type RawSendResult, sendPacket, socketAddress } from './raw-socket.ts';
import { SO_RCVBUF, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW, SOL_SOCKET } from './socket-constants.ts';

const SO_BINDTOIFINDEX = 62;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_TRANSPARENT = 19;
const IPV6_UNICAST_HOPS = 16;
const IPV6_TCLASS = 67;
const IPV6_TRANSPARENT = 75;

export interface UnicastSenderOptions {
  readonly namespace: Namespace;
  /** The IP protocol: 112 for VRRP. */
  readonly protocol: number;
  /** The source of every packet; it says the family. The machine need not have it. */
  readonly source: string;
  /** The link that packets leave by. */
  readonly interfaceIndex: number;
  /** TTL or hop limit: 1 to 255. */
  readonly hopLimit: number;
  readonly trafficClass: number;
}

/** Sends IP packets that the kernel routes, to next hops whose MAC addresses the kernel finds out. */
export interface UnicastSender {
  /** Makes a destination ready for `send`. */
  target(address: string): Uint8Array;
  /** Sends what follows the IP header; never waits. @throws LinuxError */
  send(bytes: Uint8Array, target: Uint8Array): RawSendResult;
  close(): void;
}

/**
 * Opens a sender.
 * @throws LinuxError: EPERM without CAP_NET_RAW and CAP_NET_ADMIN, ENODEV where the link is gone
 */
export function openUnicastSender(options: UnicastSenderOptions): UnicastSender {
  const { namespace, protocol, source, interfaceIndex } = options;
  const family = source.includes(':') ? 6 : 4;
  const context = `send from ${source} by link ${interfaceIndex}`;
  const fd = inNamespace(namespace, () =>
    check(
      c.socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol),
      'socket',
      context,
    ),
  );
  try {
    const level = familyLevel(family);
    // Nothing is ever read from it: what the kernel queues for it is bounded by the smallest buffer that there is.
    setOption(fd, SOL_SOCKET, SO_RCVBUF, 0, context);
    setOption(fd, SOL_SOCKET, SO_BINDTOIFINDEX, interfaceIndex, context);
    setOption(fd, level, family === 4 ? IP_TTL : IPV6_UNICAST_HOPS, options.hopLimit, context);
    setOption(fd, level, family === 4 ? IP_TOS : IPV6_TCLASS, options.trafficClass, context);
    setOption(fd, level, family === 4 ? IP_TRANSPARENT : IPV6_TRANSPARENT, 1, context);
    const own = socketAddress(source, interfaceIndex);
    check(c.bind(fd, own, own.length), 'bind', context);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  let open = true;
  return {
    target: (address) => socketAddress(address, interfaceIndex),
    send: (bytes, target) => sendPacket(fd, bytes, target),
    close() {
      if (!open) return;
      open = false;
      closeDescriptor(fd);
    },
  };
}
