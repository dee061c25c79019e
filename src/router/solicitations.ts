import type { Namespace } from '../linux/namespace.ts';
import { openRawSocket, type RawRecord, type RawSocket } from '../linux/raw-socket.ts';
import { isMulticast } from '../wire/address.ts';
import { createNeighborCursor, ROUTER_SOLICITATION, readNeighbor } from '../wire/neighbor.ts';
import { PROTOCOL_ICMPV6 } from '../wire/network.ts';
import { PROBLEM_NONE } from '../wire/problem.ts';

/** Hears hosts that ask for routers, for the virtual routers that answer. */
export interface Solicitations {
  /** Calls back for each Router Solicitation to all routers that comes by the port, or to the carrier alone. */
  register(place: SolicitedPlace, onSolicited: () => void): void;
  unregister(place: SolicitedPlace): void;
  close(): void;
}

/** Links by index: where hosts are, and what carries the virtual addresses. The object itself is what is registered. */
export interface SolicitedPlace {
  readonly portIndex: number;
  readonly carrierIndex: number;
}

const ALL_ROUTERS = 'ff02::2';
/** Batches of 16 that are read before timers have their turn. */
const BATCHES_A_TURN = 2;
const RECEIVE_BUFFER = 128 * 1024;
const CODE = 1;
const HOP_LIMIT = 255;

/** Hears nothing, and opens nothing, until somebody is registered. */
export function createSolicitations(namespace: Namespace, onError: (error: Error) => void): Solicitations {
  const handlers = new Map<SolicitedPlace, () => void>();
  const isValid = validator();
  let socket: RawSocket | undefined;

  function receive(record: RawRecord): void {
    if (!isValid(record)) return;
    const toGroup = isMulticast(record.destination, 0, record.destination.length);
    for (const [{ portIndex, carrierIndex }, onSolicited] of handlers)
      if (record.interfaceIndex === (toGroup ? portIndex : carrierIndex)) onSolicited();
  }

  function open(): RawSocket {
    const opened = openRawSocket({
      namespace,
      family: 6,
      protocol: PROTOCOL_ICMPV6,
      icmpV6Type: ROUTER_SOLICITATION,
      receiveBufferBytes: RECEIVE_BUFFER,
    });
    opened.watch(() => {
      for (let batch = 0; batch < BATCHES_A_TURN; batch += 1) if (opened.receiveBatch(receive) === 0) return;
    }, onError);
    return opened;
  }

  return {
    register(place, onSolicited) {
      socket ??= open();
      socket.join(ALL_ROUTERS, place.portIndex);
      handlers.set(place, onSolicited);
    },
    unregister(place) {
      if (!handlers.delete(place)) return;
      if ([...handlers.keys()].some(({ portIndex }) => portIndex === place.portIndex)) return;
      socket?.leave(ALL_ROUTERS, place.portIndex);
    },
    close() {
      handlers.clear();
      socket?.close();
      socket = undefined;
    },
  };
}

/** By the rules of RFC 4861 §6.1.1; the checksum is the kernel's to look at. */
function validator(): (record: RawRecord) => boolean {
  const cursor = createNeighborCursor();
  return ({ bytes, start, end, hopLimit, source }) => {
    if (hopLimit !== HOP_LIMIT || readNeighbor(cursor, bytes, start, end, end) !== PROBLEM_NONE) return false;
    if (cursor.type !== ROUTER_SOLICITATION || bytes[start + CODE] !== 0) return false;
    return cursor.sourceLinkLayer < 0 || source.some((octet) => octet !== 0);
  };
}
