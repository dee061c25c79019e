import { AF_INET } from './address.ts';
import { addressOf, c, check, closeDescriptor, errnoOf, LinuxError, lastErrno, nativeBuffer } from './libc.ts';
import { inNamespace, type Namespace } from './namespace.ts';
import { SOCK_CLOEXEC, SOCK_DGRAM } from './socket-constants.ts';

const SIOCETHTOOL = 0x8946;
const MAXIMUM_NAME = 15;
const COMMANDS = {
  transmitChecksum: { get: 0x16, set: 0x17 },
  receiveChecksum: { get: 0x14, set: 0x15 },
  tcpSegmentation: { get: 0x1e, set: 0x1f },
  segmentation: { get: 0x23, set: 0x24 },
  receiveCoalescing: { get: 0x2b, set: 0x2c },
} as const;
const UNSUPPORTED = errnoOf('EOPNOTSUPP');

/** What an interface leaves to its driver; on a veth pair, to nobody. */
export interface Offload {
  /** Transport checksums of frames that leave. Off on both ends of a veth pair whose frames user space forwards. */
  readonly transmitChecksum?: boolean;
  readonly receiveChecksum?: boolean;
  /** TSO, GSO and GRO. */
  readonly tcpSegmentation?: boolean;
  readonly segmentation?: boolean;
  readonly receiveCoalescing?: boolean;
}

const request = nativeBuffer(40);
const requestView = new DataView(request.buffer);
const command = nativeBuffer(8);
const commandView = new DataView(command.buffer);

function perform(fd: number, name: string, number: number, value: number, context: () => string): number | undefined {
  if (Buffer.byteLength(name) > MAXIMUM_NAME) throw new Error(`too long for the name of an interface: '${name}'`);
  request.fill(0);
  new TextEncoder().encodeInto(name, request);
  requestView.setBigUint64(16, addressOf(command), true);
  commandView.setUint32(0, number, true);
  commandView.setUint32(4, value, true);
  if (c.ioctl(fd, SIOCETHTOOL, request) === 0) return commandView.getUint32(4, true);
  const errno = lastErrno();
  if (errno === UNSUPPORTED) return undefined;
  throw new LinuxError('ioctl SIOCETHTOOL', errno, context());
}

function withSocket<Result>(namespace: Namespace, work: (fd: number) => Result): Result {
  const fd = inNamespace(namespace, () =>
    check(c.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', 'reach the interfaces'),
  );
  try {
    return work(fd);
  } finally {
    closeDescriptor(fd);
  }
}

/**
 * Switches offloads of interfaces; what a driver does not know is left alone.
 * @throws LinuxError: ENODEV
 */
export function setOffload(namespace: Namespace, interfaceNames: readonly string[], offload: Offload): void {
  withSocket(namespace, (fd) => {
    for (const name of interfaceNames) {
      for (const key of Object.keys(offload) as (keyof Offload)[]) {
        const wanted = offload[key];
        if (wanted === undefined) continue;
        perform(fd, name, COMMANDS[key].set, wanted ? 1 : 0, () => `switch ${key} of ${name} in ${namespace.name}`);
      }
    }
  });
}

/** Which offloads an interface has on. @throws LinuxError: ENODEV */
export function readOffload(namespace: Namespace, interfaceName: string): Offload {
  return withSocket(namespace, (fd) => {
    const offload: { -readonly [Key in keyof Offload]: boolean } = {};
    for (const key of Object.keys(COMMANDS) as (keyof Offload)[]) {
      const value = perform(fd, interfaceName, COMMANDS[key].get, 0, () => `read ${key} of ${interfaceName}`);
      if (value !== undefined) offload[key] = value !== 0;
    }
    return offload;
  });
}
