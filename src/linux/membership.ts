import { AF_INET, AF_INET6, addressBytes, familyOf } from './address.ts';
import { c, check, closeDescriptor, errnoOf, LinuxError, lastErrno, nativeBuffer } from './libc.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { SOCK_CLOEXEC, SOCK_DGRAM } from './socket-constants.ts';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_ADD_MEMBERSHIP = 35;
const IP_DROP_MEMBERSHIP = 36;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_DROP_MEMBERSHIP = 21;
const ALREADY_JOINED = errnoOf('EADDRINUSE');
const NOT_JOINED = new Set([errnoOf('EADDRNOTAVAIL'), errnoOf('ENODEV')]);

/** The level of a family's socket options. */
export function familyLevel(family: 4 | 6): number {
  return family === 4 ? IPPROTO_IP : IPPROTO_IPV6;
}

function joinV4(fd: number, change: 'join' | 'leave', group: Uint8Array, interfaceIndex: number): number {
  const request = nativeBuffer(12);
  request.set(group, 0);
  new DataView(request.buffer).setInt32(8, interfaceIndex, true);
  return c.setsockopt(fd, IPPROTO_IP, change === 'join' ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, request, 12);
}

function joinV6(fd: number, change: 'join' | 'leave', group: Uint8Array, interfaceIndex: number): number {
  const request = nativeBuffer(20);
  request.set(group, 0);
  new DataView(request.buffer).setUint32(16, interfaceIndex, true);
  return c.setsockopt(fd, IPPROTO_IPV6, change === 'join' ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, request, 20);
}

/**
 * Joins or leaves a multicast group on a link with this socket. What is so already is no error.
 * @throws LinuxError: ENODEV, ENOBUFS (net.ipv4.igmp_max_memberships is used up)
 */
export function changeMembership(fd: number, change: 'join' | 'leave', group: string, interfaceIndex: number): void {
  const perform = familyOf(group) === AF_INET ? joinV4 : joinV6;
  if (perform(fd, change, addressBytes(group), interfaceIndex) === 0) return;
  const errno = lastErrno();
  if (change === 'join' ? errno === ALREADY_JOINED : NOT_JOINED.has(errno)) return;
  throw new LinuxError('setsockopt', errno, `${change} the group ${group} on link ${interfaceIndex}`);
}

/** A multicast group that a link receives, as long as it is not closed. */
export interface Membership {
  close(): void;
}

/**
 * Makes a link receive a multicast group, and report it by IGMP or MLD, without reading what comes: the Solicited-Node
 * group of an address, say.
 * @throws LinuxError
 */
export function joinGroup(namespace: Namespace, group: string, interfaceIndex: number): Membership {
  const family = familyOf(group) === AF_INET ? AF_INET : AF_INET6;
  const fd = inNamespace(namespace, () =>
    check(c.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', `join the group ${group}`),
  );
  try {
    changeMembership(fd, 'join', group, interfaceIndex);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  let open = true;
  return {
    close() {
      if (!open) return;
      open = false;
      closeDescriptor(fd);
    },
  };
}
