import { monotonicNow } from '../../linux/clock.ts';
import type { Namespace } from '../../linux/namespace.ts';
import { openPacketSocket } from '../../linux/packet-socket.ts';
import { createTimer } from '../../linux/timer.ts';

/** What a stream sends, how often, and from where. */
export interface StreamParts {
  readonly namespace: Namespace;
  readonly interfaceIndex: number;
  readonly frames: readonly Uint8Array[];
  readonly intervalNs: number;
  readonly count?: number;
}

/**
 * Sends frames in turn at a fixed rate, by the kernel's timer. What came due while nobody ran us is left out, so that no
 * burst follows; a frame at a link that is down is lost.
 * @returns what ends it
 * @throws LinuxError
 */
export function startStream({ namespace, interfaceIndex, frames, intervalNs, count }: StreamParts): () => void {
  const socket = openPacketSocket({ namespace, interfaceIndex: 0, protocol: 0 });
  const startNs = monotonicNow();
  let step = 0;
  let sent = 0;
  const timer = createTimer(() => {
    socket.send(frames[sent % frames.length]!, interfaceIndex);
    sent += 1;
    if (sent === count) return;
    step = Math.max(step + 1, Math.ceil((monotonicNow() - startNs) / intervalNs));
    timer.arm(startNs + step * intervalNs);
  });
  timer.arm(startNs);
  return () => {
    timer.close();
    void socket.closeAsync();
  };
}
