import { LinuxError } from '../../linux/libc.ts';
import type { Namespace } from '../../linux/namespace.ts';
import { adoptPacketSocket, openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import type { Watch } from '../../linux/watch.ts';

/** Between which two links frames are relayed. */
export interface RelayParts {
  /** A packet socket that was opened in the host's namespace, and the host's link that it is bound to. */
  readonly outside: { readonly descriptor: number; readonly interfaceIndex: number };
  readonly inside: { readonly namespace: Namespace; readonly interfaceIndex: number };
  /** Told of each frame that found the other link's queue full, or was too long for it. */
  readonly onLost: () => void;
}

/** Batches that one direction may take before the other has its turn. */
const BATCHES_A_TURN = 16;

/**
 * Relays every frame between a link of the host and one in a node's namespace, both ways, as it is. At a link that is down
 * frames are lost, as on a cable that is out.
 * @returns what ends it; the host's socket stays open
 * @throws LinuxError
 */
export function startRelay({ outside, inside, onLost }: RelayParts): () => Promise<void> {
  const inner = openPacketSocket({
    namespace: inside.namespace,
    interfaceIndex: inside.interfaceIndex,
    ignoreOutgoing: true,
  });
  const outer = adoptPacketSocket(outside.descriptor);

  function forward(from: PacketSocket, to: PacketSocket, link: number): Watch {
    const readTurn = (): void => {
      for (let turn = 0; turn < BATCHES_A_TURN; turn += 1) {
        const count = from.receiveBatch(({ bytes, start, end, originalLength }) => {
          // A frame that does not fit into our buffer is longer than any of this link.
          if (end - start < originalLength || !sendWhole(to, bytes.subarray(start, end), link)) onLost();
        });
        if (count === 0) return;
      }
    };
    // A link that goes down leaves an error on the socket; when it is up again its frames still come.
    return from.watch(readTurn, () => {});
  }

  forward(outer, inner, inside.interfaceIndex);
  forward(inner, outer, outside.interfaceIndex);
  return async () => {
    await Promise.all([outer.closeAsync(), inner.closeAsync()]);
  };
}

/** Whether it left, or the link is down. */
function sendWhole(socket: PacketSocket, bytes: Uint8Array, link: number): boolean {
  try {
    return socket.send(bytes, link) !== 'full';
  } catch (error) {
    if (error instanceof LinuxError && error.code === 'EMSGSIZE') return false;
    throw error;
  }
}
