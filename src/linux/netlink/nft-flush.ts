import { LinuxError } from '../libc.ts';
import type { Namespace } from '../namespace.ts';
import { beginNftMessage, DELETE_TABLE, openNftSocket } from './nft-socket.ts';

/** Every family. */
const AF_UNSPEC = 0;
const NO_NFTABLES = new Set(['EPROTONOSUPPORT', 'EOPNOTSUPP', 'EINVAL']);

/** Removes every table of nftables of a namespace; a kernel that has no nftables has none. @throws LinuxError */
export function flushTables(namespace: Namespace): void {
  try {
    const socket = openNftSocket(namespace);
    try {
      // Without a name it is every table.
      socket.send([beginNftMessage(DELETE_TABLE, 0, AF_UNSPEC)], `remove the tables of ${namespace.name}`);
    } finally {
      socket.close();
    }
  } catch (error) {
    if (!(error instanceof LinuxError) || !NO_NFTABLES.has(error.code)) throw error;
  }
}
