import type { RunEvent } from '../../src/capture/event.ts';
import type { CaptureInterface, Direction } from '../../src/capture/frame.ts';
import type { VirtualRouterIntent } from '../../src/capture/intent.ts';
import { availableImplementations, launchFor } from '../../src/implementations/registry.ts';
import { openLab } from '../../src/lab/lab.ts';
import type { Stage, StageListener } from '../../src/stage/stage.ts';
import type {
  Fabric,
  HostDescription,
  PortDescription,
  RouterDescription,
  TesterDescription,
} from '../../src/stage/topology.ts';

/** A frame that was seen, with what tests ask of it. */
export interface SeenFrame {
  readonly timeNs: number;
  readonly port: string;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
}

/** A listener that keeps everything. */
export interface Recording extends StageListener {
  readonly frames: SeenFrame[];
  readonly events: RunEvent[];
  readonly interfaces: CaptureInterface[];
  /** Frames at a port, one way, that a test of the bytes accepts. */
  at(port: string, direction: Direction, accepts?: (bytes: Uint8Array) => boolean): SeenFrame[];
}

export function record(): Recording {
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
    frame({ timeNs, interfaceIndex, direction, bytes, start, end }) {
      frames.push({ timeNs, direction, port: interfaces[interfaceIndex]!.name, bytes: bytes.slice(start, end) });
    },
    event(event) {
      events.push(event);
    },
    at: (port, direction, accepts = () => true) =>
      frames.filter((frame) => frame.port === port && frame.direction === direction && accepts(frame.bytes)),
  };
}

const IPV4 = 0x0800;
const IPV4_PROTOCOL = 23;
const IPV4_PAYLOAD = 34;
const VRRP = 112;
const ICMP = 1;

function isIpv4(bytes: Uint8Array, protocol: number): boolean {
  return ((bytes[12]! << 8) | bytes[13]!) === IPV4 && bytes[IPV4_PROTOCOL] === protocol;
}

/** An IPv4 advertisement of non-zero priority. */
export function isAdvertisement(bytes: Uint8Array): boolean {
  return isIpv4(bytes, VRRP) && bytes[IPV4_PAYLOAD + 2] !== 0;
}

/** An IPv4 advertisement of priority 0. */
export function isResignation(bytes: Uint8Array): boolean {
  return isIpv4(bytes, VRRP) && bytes[IPV4_PAYLOAD + 2] === 0;
}

export function isEchoRequest(bytes: Uint8Array): boolean {
  return isIpv4(bytes, ICMP) && bytes[IPV4_PAYLOAD] === 8;
}

export function isEchoReply(bytes: Uint8Array): boolean {
  return isIpv4(bytes, ICMP) && bytes[IPV4_PAYLOAD] === 0;
}

/** The number that a probe gave its request, which the reply repeats. */
export function probeNumber(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(IPV4_PAYLOAD + 12, false);
}

function port(number: number, lan = 'lan'): PortDescription {
  return {
    lan,
    interfaceName: 'eth0',
    macAddress: `02:00:00:00:01:${number.toString(16).padStart(2, '0')}`,
    addresses: [`192.0.2.${number}/24`],
  };
}

export function router(
  name: string,
  number: number,
  implementation: string,
  intent: Partial<VirtualRouterIntent> = {},
): RouterDescription {
  return {
    kind: 'router',
    name,
    ports: [port(number)],
    implementation,
    forwarding: true,
    virtualRouters: [
      {
        router: name,
        lan: 'lan',
        virtualRouterId: 51,
        version: 3,
        family: 'ipv4',
        priority: 100,
        advertisementIntervalNs: 100_000_000,
        addresses: ['192.0.2.101'],
        virtualMac: true,
        ...intent,
      },
    ],
  };
}

export function host(name: string, number: number): HostDescription {
  return { kind: 'host', name, ports: [port(number)], gateways: ['192.0.2.101'] };
}

export function tester(name: string, number: number): TesterDescription {
  return { kind: 'tester', name, ports: [{ ...port(number), addresses: [] }] };
}

export function lan(fabric: Fabric): { name: string; fabric: Fabric }[] {
  return [{ name: 'lan', fabric }];
}

/** A lab with every implementation that this machine has. */
export function openTestLab(): Promise<Stage> {
  return openLab({ launchFor, implementations: availableImplementations() });
}

const SECOND_NS = 1_000_000_000;

/** Lets time pass until the predicate holds; an error that says what was waited for where it does not in time. */
export async function until(
  set: { now(): number; advance(deadlineNs: number, predicate?: () => boolean): Promise<'reached' | 'deadline'> },
  what: string,
  seconds: number,
  predicate: () => boolean,
): Promise<void> {
  const how = await set.advance(set.now() + seconds * SECOND_NS, predicate);
  if (how !== 'reached') throw new Error(`not within ${seconds} s: ${what}`);
}
