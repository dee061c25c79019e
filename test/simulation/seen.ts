import type { RunEvent } from '../../src/capture/event.ts';
import { type CaptureInterface, DIRECTION_IN, DIRECTION_OUT } from '../../src/capture/frame.ts';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import type { StageListener } from '../../src/stage/stage.ts';
import type { NodeDescription, Topology } from '../../src/stage/topology.ts';
import { formatAddress } from '../../src/wire/address.ts';
import { ARP_REQUEST, createArpCursor, isGratuitousArp, readArp } from '../../src/wire/arp.ts';
import { createFrameCursor, readFrame } from '../../src/wire/frame.ts';
import { createIcmpCursor, readIcmp } from '../../src/wire/icmp.ts';
import { ETHER_TYPE_ARP, LINK_TYPE_ETHERNET } from '../../src/wire/link.ts';
import { formatMac } from '../../src/wire/mac.ts';
import { createNeighborCursor, isNeighborType, NEIGHBOR_SOLICITATION, readNeighbor } from '../../src/wire/neighbor.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_VRRP } from '../../src/wire/network.ts';
import { type ChecksumConvention, createVrrpCursor, readVrrp } from '../../src/wire/vrrp.ts';
import { vrrpChecksum } from '../../src/wire/vrrp-checksum.ts';

export const MS = 1_000_000;

/** A frame that a port has shown, as far as the tests look. */
export interface SeenFrame {
  readonly timeNs: number;
  readonly port: string;
  readonly direction: 'in' | 'out';
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string | undefined;
  readonly what: 'advertisement' | 'announcement' | 'question' | 'answer' | 'echo-request' | 'echo-reply' | 'other';
  readonly priority?: number;
  readonly checksum?: ChecksumConvention;
  /** Of a question, an answer, or an announcement. */
  readonly target?: string;
  readonly sequence?: number;
  readonly identifier?: number;
  readonly bytes: Uint8Array;
}

export interface Seen extends StageListener {
  readonly frames: SeenFrame[];
  readonly events: RunEvent[];
  readonly interfaces: CaptureInterface[];
}

const frame = createFrameCursor();
const vrrp = createVrrpCursor();
const arp = createArpCursor();
const icmp = createIcmpCursor();
const neighbor = createNeighborCursor();

/** A listener that decodes every frame with the readers of src/wire and keeps it. */
export function watch(): Seen {
  const frames: SeenFrame[] = [];
  const events: RunEvent[] = [];
  const interfaces: CaptureInterface[] = [];
  return {
    frames,
    events,
    interfaces,
    origin() {},
    interface(index, description) {
      interfaces[index] = description;
    },
    event(event) {
      events.push(event);
    },
    frame(record) {
      const bytes = record.bytes.slice(record.start, record.end);
      if (record.direction !== DIRECTION_IN && record.direction !== DIRECTION_OUT) throw new Error('no direction');
      frames.push({
        timeNs: record.timeNs,
        port: interfaces[record.interfaceIndex]!.name,
        direction: record.direction === DIRECTION_IN ? 'in' : 'out',
        destinationMac: formatMac(bytes, 0),
        sourceMac: formatMac(bytes, 6),
        bytes,
        ...decode(bytes),
      });
    },
  };
}

function decode(bytes: Uint8Array): Pick<SeenFrame, 'source' | 'what'> & Partial<SeenFrame> {
  const problem = readFrame(frame, bytes, LINK_TYPE_ETHERNET, 0, bytes.length, bytes.length);
  if (problem !== 0) throw new Error(`a malformed frame: problem ${problem}`);
  if (frame.etherType === ETHER_TYPE_ARP) return decodeArp(bytes);
  const { transportOffset, transportEnd, wireEnd, protocol, addressLength } = frame;
  const source = formatAddress(bytes, frame.sourceAddress, addressLength);
  if (protocol === PROTOCOL_VRRP) {
    readVrrp(vrrp, bytes, transportOffset, transportEnd, wireEnd, addressLength);
    return { source, what: 'advertisement', priority: vrrp.priority, checksum: vrrpChecksum(frame, vrrp, bytes) };
  }
  if (protocol === PROTOCOL_ICMPV6 && isNeighborType(bytes[transportOffset]!)) {
    readNeighbor(neighbor, bytes, transportOffset, transportEnd, wireEnd);
    const target = formatAddress(bytes, neighbor.targetAddress, 16);
    if (neighbor.type === NEIGHBOR_SOLICITATION) return { source, what: 'question', target };
    return { source, what: neighbor.solicited ? 'answer' : 'announcement', target };
  }
  if (protocol !== PROTOCOL_ICMP && protocol !== PROTOCOL_ICMPV6) return { source, what: 'other' };
  readIcmp(icmp, bytes, transportOffset, transportEnd, wireEnd, protocol);
  const { sequence, identifier } = icmp;
  return { source, what: icmp.isEchoRequest ? 'echo-request' : 'echo-reply', sequence, identifier };
}

function decodeArp(bytes: Uint8Array): Pick<SeenFrame, 'source' | 'what'> & Partial<SeenFrame> {
  readArp(arp, bytes, frame.networkOffset, frame.networkEnd, frame.wireEnd);
  const source = formatAddress(bytes, arp.senderAddress, 4);
  if (isGratuitousArp(arp, bytes)) return { source, what: 'announcement', target: source };
  const isQuestion = arp.operation === ARP_REQUEST;
  return {
    source,
    what: isQuestion ? 'question' : 'answer',
    target: isQuestion ? formatAddress(bytes, arp.targetAddress, 4) : source,
  };
}

/** What a test may change of two routers and a host on one LAN. */
export interface TwoRouters {
  readonly version: 2 | 3;
  readonly family: 'ipv4' | 'ipv6';
  readonly intervalMs: number;
  readonly changes?: Partial<VirtualRouterIntent>;
  readonly first?: Partial<VirtualRouterIntent>;
}

export const VIRTUAL_MAC = { ipv4: '00:00:5e:00:01:33', ipv6: '00:00:5e:00:02:33' } as const;
export const VIRTUAL_ADDRESSES = { ipv4: ['192.0.2.254'], ipv6: ['fe80::254', '2001:db8::254'] } as const;

/** r1 with priority 200, r2 with 100, and host h1 whose gateway is the last virtual address. */
export function twoRouters({ version, family, intervalMs, changes, first }: TwoRouters): Topology {
  const intent = (router: string, priority: number, more: Partial<VirtualRouterIntent> = {}): VirtualRouterIntent => ({
    router,
    lan: 'lan',
    virtualRouterId: 51,
    version,
    family,
    priority,
    advertisementIntervalNs: intervalMs * MS,
    acceptMode: true,
    addresses: VIRTUAL_ADDRESSES[family],
    ...changes,
    ...more,
  });
  const port = (number: number) => ({
    lan: 'lan',
    interfaceName: 'eth0',
    macAddress: `02:00:00:00:00:0${number}`,
    addresses: family === 'ipv4' ? [`192.0.2.${number}/24`] : [`fe80::${number}/64`, `2001:db8::${number}/64`],
  });
  const router = (name: string, number: number, own: VirtualRouterIntent): NodeDescription => ({
    kind: 'router',
    name,
    ports: [port(number)],
    implementation: 'native',
    virtualRouters: [own],
    forwarding: true,
  });
  return {
    lans: [{ name: 'lan', fabric: 'wire' }],
    nodes: [
      router('r1', 1, intent('r1', 200, first)),
      router('r2', 2, intent('r2', 100)),
      { kind: 'host', name: 'h1', ports: [port(3)], gateways: [VIRTUAL_ADDRESSES[family].at(-1)!] },
    ],
  };
}
