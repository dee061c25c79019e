import { AF_INET, AF_INET6 } from './address.ts';
import { c, check, closeDescriptor, EAGAIN, errnoOf, lastErrno, nativeBuffer, setOption } from './libc.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { socketAddress } from './raw-socket.ts';
import { MSG_DONTWAIT, SO_RCVBUF, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET } from './socket-constants.ts';

const SOCK_STREAM = 1;
const SO_REUSEADDR = 2;
const SO_LINGER = 13;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_NOSIGNAL = 0x4000;
const RECEIVE_BUFFER_OCTETS = 1 << 20;
const EINPROGRESS = errnoOf('EINPROGRESS');
const ENOTCONN = errnoOf('ENOTCONN');
/** Reads of one call, so that a flood ends. */
const READS = 16;

export interface TcpConnectionOptions {
  /** Where it is opened from, and where it is listened for. */
  readonly client: Namespace;
  readonly server: Namespace;
  /** The server's address, and its port. */
  readonly address: string;
  readonly port: number;
}

/** Both ends of one TCP connection of the kernel, from one namespace to another. */
export interface TcpConnection {
  /**
   * Hands octets to the client's kernel; never waits. `kept`: it is connecting, or has no room for them; `gone`: the
   * connection was given up or refused.
   */
  write(bytes: Uint8Array): 'written' | 'kept' | 'gone';
  /** Takes from the server's kernel what has arrived, so that its window stays open. */
  discard(): void;
  /** Ends it by a reset: nothing of it stays in either namespace. */
  close(): void;
}

/**
 * Begins to connect; what is written before the handshake is over is not taken.
 * @throws LinuxError: EADDRINUSE, ENETUNREACH
 */
export function openTcpConnection({ client, server, address, port }: TcpConnectionOptions): TcpConnection {
  const target = socketAddress(address);
  new DataView(target.buffer).setUint16(2, port, false);
  const open: number[] = [];
  const close = (): void => {
    for (const fd of open.splice(0)) closeDescriptor(fd);
  };
  const openSocket = (namespace: Namespace): number => {
    const family = address.includes(':') ? AF_INET6 : AF_INET;
    const fd = inNamespace(namespace, () =>
      check(c.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 'socket', 'open a TCP connection'),
    );
    open.push(fd);
    return fd;
  };
  let clientFd: number;
  let listeningFd: number;
  try {
    listeningFd = openSocket(server);
    setOption(listeningFd, SOL_SOCKET, SO_REUSEADDR, 1, 'listen');
    setOption(listeningFd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_OCTETS, 'listen');
    check(c.bind(listeningFd, target, target.length), 'bind', `listen at port ${port} of ${address}`);
    check(c.listen(listeningFd, 1), 'listen', `listen at port ${port} of ${address}`);
    clientFd = openSocket(client);
    setOption(clientFd, IPPROTO_TCP, TCP_NODELAY, 1, 'connect');
    endByReset(clientFd);
    if (c.connect(clientFd, target, target.length) < 0 && lastErrno() !== EINPROGRESS)
      check(-1, 'connect', `connect to port ${port} of ${address}`);
  } catch (error) {
    close();
    throw error;
  }
  const scratch = nativeBuffer(1 << 16);
  let serverFd = -1;

  return {
    write(bytes) {
      if (c.sendto(clientFd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, null, 0) >= 0) return 'written';
      const errno = lastErrno();
      return errno === EAGAIN || errno === ENOTCONN ? 'kept' : 'gone';
    },
    discard() {
      if (serverFd < 0) {
        serverFd = c.accept4(listeningFd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (serverFd < 0) return;
        open.push(serverFd);
        endByReset(serverFd);
      }
      for (let read = 0; read < READS; read += 1) {
        if (c.recv(serverFd, scratch, scratch.length, MSG_DONTWAIT) < scratch.length) return;
      }
    },
    close,
  };
}

/** Nothing lingers when it is closed: no FIN that is sent again and again, no TIME_WAIT. */
function endByReset(fd: number): void {
  const linger = nativeBuffer(8);
  new DataView(linger.buffer).setInt32(0, 1, true);
  check(c.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, linger.length), 'setsockopt', 'have a connection end at once');
}
