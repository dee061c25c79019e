import { readCaptureFile } from '../../capture/file.ts';
import {
  type CaptureInterface,
  DIRECTION_OUT,
  type FrameRecord,
  type FrameSink,
  type KeptFrame,
} from '../../capture/frame.ts';
import type { TimeOrigin } from '../../capture/time.ts';
import { createFrameCursor, readFrame } from '../../wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../../wire/icmp.ts';
import { ETHER_TYPE_ARP } from '../../wire/link.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_VRRP } from '../../wire/network.ts';

/** Frames of each kind that a page carries of one scenario. */
const OF_EACH_KIND = 150;

/** What a page carries of a capture, and how many frames it leaves to the capture. */
export interface ChosenFrames {
  readonly origin: TimeOrigin | undefined;
  readonly interfaces: readonly CaptureInterface[];
  readonly frames: readonly KeptFrame[];
  readonly left: number;
}

/** `data`: what hosts send each other. `change`: the first advertisement of a router after another's. */
type Kind = 'data' | 'advertisement' | 'change' | 'control';
const KINDS: readonly Kind[] = ['advertisement', 'change', 'control'];

const frame = createFrameCursor();
const icmp = createIcmpCursor();

/**
 * Reads a capture and chooses the frames that tell what happened, each where it left its sender: those that a finding names
 * (wherever they were seen), where the sender of advertisements changes, announcements, questions and answers, and
 * advertisements, evenly thinned where there are many. Probes' packets are left out.
 */
export async function chooseFrames(path: string, named: ReadonlySet<number>): Promise<ChosenFrames> {
  const numbers = new Map<Kind, number>();
  const count = await pass(path, named, (kind) => {
    numbers.set(kind, (numbers.get(kind) ?? 0) + 1);
    return false;
  });
  const seen = new Map<Kind, number>();
  const chosen = await pass(path, named, (kind) => {
    if (!KINDS.includes(kind)) return false;
    const index = seen.get(kind) ?? 0;
    seen.set(kind, index + 1);
    return index % Math.ceil(numbers.get(kind)! / OF_EACH_KIND) === 0;
  });
  return { ...chosen, left: count.total - chosen.frames.length };
}

/** One reading of the capture, which keeps the frames that are named or wanted. */
async function pass(path: string, named: ReadonlySet<number>, wants: (kind: Kind) => boolean) {
  const interfaces: CaptureInterface[] = [];
  const frames: KeptFrame[] = [];
  const kindOf = createKinds(interfaces);
  let origin: TimeOrigin | undefined;
  let total = 0;
  const sink: FrameSink = {
    origin: (begin) => {
      origin = begin;
    },
    interface: (index, description) => {
      interfaces[index] = description;
    },
    frame: (record) => {
      const isSent = record.direction === DIRECTION_OUT && interfaces[record.interfaceIndex]?.port?.kind !== 'fabric';
      const isWanted = isSent && wants(kindOf(record));
      if (isSent) total++;
      if (!isWanted && !named.has(record.number)) return;
      if (!isSent) total++;
      frames.push(copyOf(record));
    },
  };
  await readCaptureFile(path, sink);
  return { origin, interfaces, frames, total };
}

function copyOf(record: FrameRecord): KeptFrame {
  const { timeNs, interfaceIndex, direction, bytes, start, end, originalLength, number } = record;
  return { timeNs, interfaceIndex, direction, bytes: bytes.slice(start, end), originalLength, number };
}

/** Tells kinds of frames; the senders of advertisements are remembered for each LAN. */
function createKinds(interfaces: readonly CaptureInterface[]): (record: FrameRecord) => Kind {
  const speakers = new Map<string, number>();
  return ({ bytes, start, end, originalLength, interfaceIndex }) => {
    readFrame(frame, bytes, interfaces[interfaceIndex]!.linkType, start, end, originalLength);
    if (frame.etherType === ETHER_TYPE_ARP) return 'control';
    const { protocol, transportOffset, transportEnd, wireEnd } = frame;
    if (protocol === PROTOCOL_VRRP) {
      const lan = `${interfaces[interfaceIndex]?.port?.lan} ${frame.ipVersion} ${bytes[transportOffset + 1]}`;
      const isChange = speakers.get(lan) !== interfaceIndex || bytes[transportOffset + 2] === 0;
      speakers.set(lan, interfaceIndex);
      return isChange ? 'change' : 'advertisement';
    }
    if (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) return 'data';
    if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
      readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol);
      if (icmp.isEchoRequest || icmp.isEchoReply) return 'data';
    }
    return 'control';
  };
}
