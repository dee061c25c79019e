import { createFrameRecord, DIRECTION_IN, DIRECTION_OUT, type FrameRecord } from '../capture/frame.ts';
import type { Nanoseconds } from '../capture/time.ts';
import type { SessionClock } from './clock.ts';
import type { Namespace } from './namespace.ts';
import {
  openPacketSocket,
  PACKET_OUTGOING,
  type PacketRecord,
  type PacketSocket,
  type PacketStatistics,
} from './packet-socket.ts';

/** Who gets what a capture sees. */
export interface CaptureSink {
  readonly clock: SessionClock;
  /** Gets each frame; the record is reused. */
  readonly onFrame: (record: FrameRecord) => void;
  readonly onError?: (error: Error) => void;
  /**
   * Told that the kernel had no room for so many frames between two times of the session, before any frame is handed
   * over that came after them.
   */
  readonly onLoss?: (frames: number, fromNs: Nanoseconds, toNs: Nanoseconds) => void;
  /**
   * Whose direction is told: of this end of the link, or of the node at the other end of the line, for which what comes
   * in here went out.
   */
  readonly perspective: 'this-end' | 'other-end';
}

export interface CaptureOptions extends CaptureSink {
  readonly namespace: Namespace;
  /** The link, by index; absent or 0: every link of the namespace, by one socket. */
  readonly interfaceIndex?: number;
  /** Puts that one link into promiscuous mode. */
  readonly promiscuous?: boolean;
  readonly receiveBufferBytes?: number;
  readonly snapLength?: number;
  /** What is captured of all that (packet-filter.ts); everything when absent. */
  readonly filter?: Uint8Array<ArrayBuffer>;
}

/** A live capture. */
export interface Capture {
  /** From now on, frames of the link (by the kernel's index) carry this interface index; those of other links are left out. */
  addInterface(linkIndex: number, interfaceIndex: number): void;
  removeInterface(linkIndex: number): void;
  /** Hands over everything that the kernel has stamped until now, and returns how many frames that was. */
  drain(): number;
  /** Lost frames are those of every link, of those left out, too; those not yet told are told. */
  statistics(): PacketStatistics;
  readonly receiveBufferBytes: number;
  close(): void;
  /** Closing takes the kernel up to 16 ms: this does it on libuv's pool. */
  closeAsync(): Promise<void>;
}

/** Batches that are read before the event loop has its turn. */
const BATCHES_A_TURN = 32;
/**
 * Frames that wait together where some may have been lost: the kernel loses them while its buffer is full, and what
 * filled it is handed over before what came after the loss. Fewer are not worth asking about.
 */
const CROWD = 8;

/**
 * Captures frames by the kernel's time stamps; nothing is allocated for a frame. It sees nothing of the time before
 * this returns.
 * @throws LinuxError
 */
export function openCapture(options: CaptureOptions): Capture {
  const socket = openPacketSocket({
    namespace: options.namespace,
    interfaceIndex: options.interfaceIndex ?? 0,
    clock: options.clock,
    ...(options.promiscuous === undefined ? {} : { promiscuous: options.promiscuous }),
    ...(options.receiveBufferBytes === undefined ? {} : { receiveBufferBytes: options.receiveBufferBytes }),
    ...(options.snapLength === undefined ? {} : { snapLength: options.snapLength }),
    ...(options.filter === undefined ? {} : { filter: options.filter }),
  });
  return captureFrom(socket, options);
}

/** Captures what a socket receives, and closes the socket when it is closed; see `openCapture`. */
export function captureFrom(socket: PacketSocket, options: CaptureSink): Capture {
  const interfaces = new Map<number, number>();
  const outgoing = options.perspective === 'this-end' ? DIRECTION_OUT : DIRECTION_IN;
  const incoming = options.perspective === 'this-end' ? DIRECTION_IN : DIRECTION_OUT;
  const frame = createFrameRecord();
  let toldDrops = 0;
  let countedNs = options.clock.now();

  function deliver(packet: PacketRecord): void {
    const interfaceIndex = interfaces.get(packet.interfaceIndex);
    if (interfaceIndex === undefined) return;
    frame.timeNs = packet.timeNs;
    frame.interfaceIndex = interfaceIndex;
    frame.direction = packet.packetType === PACKET_OUTGOING ? outgoing : incoming;
    frame.bytes = packet.bytes;
    frame.start = packet.start;
    frame.end = packet.end;
    frame.originalLength = packet.originalLength;
    frame.number += 1;
    options.onFrame(frame);
  }

  function countLosses(): PacketStatistics {
    const statistics = socket.statistics();
    const nowNs = options.clock.now();
    if (statistics.dropped > toldDrops) options.onLoss?.(statistics.dropped - toldDrops, countedNs, nowNs);
    toldDrops = statistics.dropped;
    countedNs = nowNs;
    return statistics;
  }

  function readTurn(): number {
    let total = 0;
    for (let batch = 0; batch < BATCHES_A_TURN; batch += 1) {
      const count = socket.receiveBatch(deliver);
      total += count;
      if (count === 0) break;
      if (count >= CROWD && options.onLoss !== undefined) countLosses();
    }
    return total;
  }

  socket.watch(readTurn, options.onError);
  return {
    addInterface(linkIndex, interfaceIndex) {
      interfaces.set(linkIndex, interfaceIndex);
    },
    removeInterface(linkIndex) {
      interfaces.delete(linkIndex);
    },
    drain() {
      let total = 0;
      // A flood could go on for ever; the socket's buffer bounds what is from before this call.
      for (let turn = 0; turn < 100; turn += 1) {
        const count = readTurn();
        total += count;
        if (count === 0) break;
      }
      return total;
    },
    statistics: countLosses,
    receiveBufferBytes: socket.receiveBufferBytes,
    close: () => socket.close(),
    closeAsync: () => socket.closeAsync(),
  };
}
