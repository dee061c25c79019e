import { setTimeout } from 'node:timers/promises';
import { LINK_TYPE_ETHERNET } from '../capture/frame.ts';
import { LinuxError } from '../linux/libc.ts';
import { ownNamespace } from '../linux/namespace.ts';
import { openRoute } from '../linux/netlink/route.ts';
import { openPacketSocket } from '../linux/packet-socket.ts';
import { linkLocalAddress, nodeAddresses, physicalMac } from '../scenario/addresses.ts';
import { craftFrame } from '../scenario/craft.ts';
import { createResponseReader } from '../scenario/responses.ts';
import { StageError } from '../stage/stage.ts';
import { createFrameCursor, readFrame } from '../wire/frame.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';

const TRIES = 3;
const TRY_MS = 500;
/** The node that asks; no scenario has so many. */
const ASKING_NODE = 99;

/**
 * The MAC address that answers at an interface for one of these addresses (with prefix length), by ARP or neighbor
 * discovery; undefined where nobody does.
 * @throws StageError where the interface cannot be used
 */
export async function findNeighbour(interfaceName: string, addresses: readonly string[]): Promise<string | undefined> {
  const wanted = addresses.map((address) => address.split('/')[0]!);
  const { socket, index } = openAt(interfaceName);
  const frame = createFrameCursor();
  const readResponse = createResponseReader();
  let found: string | undefined;
  const watch = socket.watch(
    () => {
      socket.receiveBatch(({ bytes, start, end, originalLength }) => {
        if (readFrame(frame, bytes, LINK_TYPE_ETHERNET, start, end, originalLength) !== PROBLEM_NONE) return;
        const response = readResponse(frame, bytes);
        if (response?.kind === 'question' && wanted.includes(response.address)) found ??= response.mac;
      });
    },
    () => {},
  );
  try {
    for (let attempt = 0; attempt < TRIES && found === undefined; attempt += 1) {
      for (const target of wanted) socket.send(craftFrame(question(target)), index);
      for (let waitedMs = 0; waitedMs < TRY_MS && found === undefined; waitedMs += POLL_MS) await setTimeout(POLL_MS);
    }
    return found;
  } finally {
    watch.close();
    socket.close();
  }
}

const POLL_MS = 20;

function question(target: string) {
  const family = target.includes(':') ? 'ipv6' : 'ipv4';
  const source =
    family === 'ipv6' ? linkLocalAddress(ASKING_NODE) : nodeAddresses('ipv4', 1, ASKING_NODE)[0]!.split('/')[0]!;
  return { kind: 'question', target, source, sourceMac: physicalMac(1, ASKING_NODE) } as const;
}

function openAt(interfaceName: string) {
  const namespace = ownNamespace();
  const route = openRoute(namespace);
  try {
    const index = route.indexOf(interfaceName);
    const socket = openPacketSocket({ namespace, interfaceIndex: index, promiscuous: true, ignoreOutgoing: true });
    return { index, socket };
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const cure = error.code === 'EPERM' ? 'run as root, or with the capability CAP_NET_RAW' : undefined;
    throw new StageError(`the interface '${interfaceName}' cannot be used: ${error.message}`, cure);
  } finally {
    route.close();
    namespace.close();
  }
}
