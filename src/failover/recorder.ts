import type { Intent } from '../capture/intent.ts';
import { openRecording } from '../scenario/recording.ts';
import { CONNECTION_PORT, ONE_WAY_MAGIC, PROBE_MAGIC } from '../stage/probe-packet.ts';
import type { StageListener } from '../stage/stage.ts';
import { PROTOCOL_TCP } from '../wire/network.ts';
import { TCP_FIN, TCP_RST, TCP_SYN } from '../wire/tcp.ts';
import { PROBES_BEGIN_TO_COUNT, PROBES_CEASE_TO_COUNT } from './play.ts';

/** The capture of one trial. */
export interface TrialRecorder {
  readonly listener: StageListener;
  /** Completes the capture. Rejects where it could not be written. */
  end(): Promise<void>;
}

/**
 * Records a trial: every frame but the probes that say nothing, which are those long before the fault and after
 * everything was whole again; so a capture of three thousand probes a second stays small.
 */
export async function openTrialRecorder(
  folder: string,
  virtualRouters: Intent['virtualRouters'],
): Promise<TrialRecorder> {
  const recording = await openRecording(folder);
  let probesCount = false;
  return {
    listener: {
      origin: (origin) => recording.begin(origin, { virtualRouters }),
      interface: recording.interface,
      frame(record) {
        if (probesCount || !isProbe(record.bytes, record.start, record.end)) recording.frame(record);
      },
      event(event) {
        if (event.kind === 'note' && event.text === PROBES_BEGIN_TO_COUNT) probesCount = true;
        else if (event.kind === 'note' && event.text === PROBES_CEASE_TO_COUNT) probesCount = false;
        recording.event(event);
      },
    },
    end: recording.end,
  };
}

const ETHERNET_HEADER = 14;
const ECHO_HEADER = 8;
/** An IPv4 header without options, and an IPv6 header. */
const IP_HEADERS = [
  { length: 20, protocolAt: 9 },
  { length: 40, protocolAt: 6 },
];
/** Where the data of an echo begins in an Ethernet frame. */
const DATA_OFFSETS = IP_HEADERS.map(({ length }) => ETHERNET_HEADER + length + ECHO_HEADER);

/** Whether a frame carries what a probe sends or an answer to it, or octets of the connection. */
function isProbe(bytes: Uint8Array, start: number, end: number): boolean {
  return isOfConnection(bytes, start, end) || isEcho(bytes, start, end);
}

const TCP_HEADER = 20;
const TCP_FLAGS = 13;
const BEGINS_OR_ENDS = TCP_SYN | TCP_FIN | TCP_RST;

/** Whether it is a segment of the connection that neither begins nor ends it. */
function isOfConnection(bytes: Uint8Array, start: number, end: number): boolean {
  return IP_HEADERS.some(({ protocolAt, length }) => {
    const tcp = start + ETHERNET_HEADER + length;
    if (tcp + TCP_HEADER > end || bytes[start + ETHERNET_HEADER + protocolAt] !== PROTOCOL_TCP) return false;
    const ports = [0, 2].map((offset) => (bytes[tcp + offset]! << 8) | bytes[tcp + offset + 1]!);
    return ports.includes(CONNECTION_PORT) && (bytes[tcp + TCP_FLAGS]! & BEGINS_OR_ENDS) === 0;
  });
}

function isEcho(bytes: Uint8Array, start: number, end: number): boolean {
  return DATA_OFFSETS.some((offset) => {
    const at = start + offset;
    if (at + 4 > end) return false;
    const word = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    return word === PROBE_MAGIC || word === ONE_WAY_MAGIC;
  });
}
