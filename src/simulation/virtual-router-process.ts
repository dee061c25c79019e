import type { VirtualRouterIntent } from '../capture/intent.ts';
import { ignoredTraffic, type Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { StageError } from '../stage/stage.ts';
import type { PortDescription, RouterDescription } from '../stage/topology.ts';
import {
  ParameterError,
  RFC5798_BEHAVIOUR,
  type VirtualRouterParameters,
  virtualRouterParameters,
} from '../vrrp/parameters.ts';
import { PROTOCOL } from '../vrrp/protocol.ts';
import type { ReceivedMessage } from '../vrrp/receive.ts';
import type { Action, Input } from '../vrrp/state.ts';
import { intervalNsToField } from '../vrrp/timers.ts';
import { createVirtualRouter } from '../vrrp/virtual-router.ts';
import { formatAddress, isLinkLocalIpv6, parseAddress } from '../wire/address.ts';
import { gratuitousArpFrame, neighborAdvertisementFrame } from '../wire/build.ts';
import { advertisementFrame } from '../wire/build-advertisement.ts';
import { virtualMac } from '../wire/mac.ts';
import type { Appointment } from './clock.ts';
import type { Kernel, KernelInterface } from './kernel.ts';
import type { ProcessTime } from './process-time.ts';
import type { ProtocolWatcher } from './protocol-watcher.ts';

/** One virtual router of a simulated router's process: the protocol core, and what its actions do to the node. */
export interface VirtualRouterProcess {
  input(input: Input): void;
  /** A message of its VRID and family. */
  receive(message: ReceivedMessage): void;
  /** The process does not run: its timer never fires. What it did to the kernel stays. */
  suspend(): void;
  /** The process is gone. The kernel is silent for its virtual MAC, and goes on without one. */
  end(): void;
}

export interface VirtualRouterParts {
  readonly time: ProcessTime;
  readonly kernel: Kernel;
  readonly port: PortDescription;
  readonly intent: VirtualRouterIntent;
  readonly misbehaviour: Misbehaviour | undefined;
  /** The document that it follows. */
  readonly rfc: RouterDescription['rfc'];
  readonly send: (bytes: Uint8Array) => void;
  readonly log: (line: string) => void;
  readonly watcher: ProtocolWatcher | undefined;
}

/** A message, and what is to be done about it: an input, or nothing for a reason. */
interface Heard {
  readonly message: ReceivedMessage;
  readonly input: Input | undefined;
  readonly reason?: string;
}

/** Starts with a kernel that holds nothing of a former process of this virtual router. */
export function createVirtualRouterProcess(parts: VirtualRouterParts): VirtualRouterProcess {
  const { time, kernel, misbehaviour } = parts;
  const dataPlane = misbehaviour?.dataPlane;
  const intent = intentOf(parts);
  const protocol = misbehaviour?.protocol?.(PROTOCOL) ?? PROTOCOL;
  const send = senderOf(parts);
  const parameters = parametersOf(intent, parts);
  const macvlan = macvlanOf(intent, kernel);
  const written = new Map<number, Uint8Array>();
  let virtualRouter = createVirtualRouter(parameters);
  let timer: Appointment | undefined;
  let last: Heard | undefined;
  const staysWhenStopped = dataPlane?.leftBehind === 'when-stopped';

  /** What the kernel does for the virtual MAC and addresses. */
  const serve = (isActive: boolean): void => {
    const ignored = ignoredTraffic(dataPlane, isActive);
    macvlan.up = ignored !== undefined;
    macvlan.ignores = new Set(ignored);
  };

  kernel.remove(macvlan.name);
  kernel.add(macvlan);
  serve(false);

  const input = (given: Input): void => {
    const nowNs = time.now();
    const made = protocol.step(virtualRouter, nowNs, given);
    parts.watcher?.stepped(virtualRouter, nowNs, given, made);
    const { virtualRouter: next, actions } = made;
    virtualRouter = next;
    for (const action of actions) perform(action);
    arm();
  };

  /** A deadline moves ahead with each advertisement: a timer that fires too early changes nothing and is set anew. */
  const arm = (): void => {
    const dueNs = protocol.deadlineNs(virtualRouter);
    if (timer !== undefined && dueNs !== undefined && timer.timeNs <= dueNs) return;
    timer?.cancel();
    timer = dueNs === undefined ? undefined : time.at(dueNs, fire);
  };

  const fire = (): void => {
    timer = undefined;
    input({ kind: 'timer' });
  };

  /** An advertisement of the same priority is the same bytes every time. */
  const advertisement = (priority: number): Uint8Array => {
    const bytes = written.get(priority) ?? advertisementBytes(parameters, intent, kernel, priority);
    written.set(priority, bytes);
    return bytes;
  };

  /** The checks of a message, which are the same for the same one: a Backup hears one message again and again. */
  const hear = (message: ReceivedMessage): Heard => {
    const reception = protocol.receive(parameters, message);
    parts.watcher?.received(reception);
    const heard: Heard =
      reception.verdict === 'accept'
        ? { message, input: { kind: 'advertisement', advertisement: reception.advertisement } }
        : { message, input: undefined, reason: reception.reason };
    // What misbehaves may judge otherwise each time.
    if (protocol === PROTOCOL) last = heard;
    return heard;
  };

  const suspend = (): void => {
    timer?.cancel();
    timer = undefined;
  };

  const perform = (action: Action): void => {
    switch (action.kind) {
      case 'advertise':
        send(advertisement(action.priority));
        break;
      case 'transition':
        if (action.reason === 'shutdown' && staysWhenStopped) break;
        serve(action.to === 'active');
        if (action.reason === 'shutdown') kernel.remove(macvlan.name);
        parts.log(`${describe(intent)}: ${action.from} to ${action.to} (${action.reason})`);
        break;
      case 'announce':
        for (const address of macvlan.addresses) send(announcement(intent, macvlan.mac, address));
        break;
    }
  };

  return {
    input,
    receive(message) {
      const heard = message === last?.message ? last : hear(message);
      if (heard.input !== undefined) input(heard.input);
      else parts.log(`${describe(intent)}: discarded an advertisement (${heard.reason})`);
    },
    suspend,
    end() {
      suspend();
      if (intent.virtualMac !== false && dataPlane?.leftBehind === undefined) macvlan.up = false;
    },
  };
}

/** What it is told of what it is meant to do. */
function intentOf({ intent, misbehaviour }: VirtualRouterParts): VirtualRouterIntent {
  const { acceptMode, physicalMac } = misbehaviour?.dataPlane ?? {};
  return {
    ...intent,
    ...(acceptMode === undefined ? {} : { acceptMode }),
    ...(physicalMac === undefined ? {} : { virtualMac: false }),
  };
}

function senderOf({ misbehaviour, send, kernel, intent }: VirtualRouterParts): (bytes: Uint8Array) => void {
  const rewrite = misbehaviour?.frames?.();
  if (rewrite === undefined) return send;
  const sender = { physicalMac: kernel.base.mac, virtualMac: virtualMac(intent.family, intent.virtualRouterId) };
  return (bytes) => {
    for (const frame of rewrite(bytes, sender)) send(frame);
  };
}

function describe({ lan, virtualRouterId, family }: VirtualRouterIntent): string {
  return `${lan} VRID ${virtualRouterId} ${family}`;
}

/** The virtual addresses on an interface of their own, down while it is not Active (RFC 9568 §6.4.2). */
function macvlanOf(intent: VirtualRouterIntent, kernel: Kernel): KernelInterface {
  const { family, virtualRouterId } = intent;
  const isOwner = intent.priority === 255;
  return {
    name: `vrrp.${family}.${virtualRouterId}`,
    mac: intent.virtualMac === false ? kernel.base.mac : virtualMac(family, virtualRouterId),
    up: false,
    addresses: intent.addresses.map((address) => normalAddress(address)),
    accepts: isOwner || intent.acceptMode === true,
    ownsAddresses: isOwner && intent.virtualMac !== false,
  };
}

/** What a scenario or configuration says, with the RFC's defaults for the rest. Throws a StageError. */
function parametersOf(intent: VirtualRouterIntent, { port, rfc }: VirtualRouterParts): VirtualRouterParameters {
  try {
    return virtualRouterParameters({
      virtualRouterId: intent.virtualRouterId,
      version: intent.version,
      family: intent.family,
      priority: intent.priority,
      advertisementIntervalNs: intent.advertisementIntervalNs,
      preempt: intent.preempt,
      preemptDelayNs: intent.preemptDelayNs,
      downTimerAdvertisements: intent.downTimerAdvertisements,
      acceptMode: intent.acceptMode,
      addresses: intent.addresses.map(octetsOf),
      primaryAddress: primaryAddressOf(intent, port),
      ...(rfc === '5798' ? { behaviour: RFC5798_BEHAVIOUR } : {}),
    });
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new StageError(`router '${intent.router}', ${describe(intent)}: ${error.message}`);
  }
}

/** The one that is given, or the port's first of the family; for IPv6 the first link-local one (RFC 9568 §5.1.2.1). */
function primaryAddressOf(intent: VirtualRouterIntent, port: PortDescription): Uint8Array {
  if (intent.primaryAddress !== undefined) return octetsOf(intent.primaryAddress);
  const octets = intent.family === 'ipv4' ? 4 : 16;
  const candidates = addressesOf(port).filter((address) => address.length === octets);
  const found = candidates.find((address) => octets === 4 || isLinkLocalIpv6(address, 0, octets));
  if (found !== undefined) return found;
  const wanted = intent.family === 'ipv4' ? 'IPv4' : 'link-local IPv6';
  throw new StageError(`router '${intent.router}' has no ${wanted} address on LAN '${intent.lan}'`);
}

/** The addresses of a port, read once: hundreds of virtual routers compare each sender with the same octets. */
const addressesOfPorts = new WeakMap<PortDescription, readonly Uint8Array[]>();

function addressesOf(port: PortDescription): readonly Uint8Array[] {
  const addresses = addressesOfPorts.get(port) ?? port.addresses.map(octetsOf);
  addressesOfPorts.set(port, addresses);
  return addresses;
}

/** The octets of `192.0.2.1` or `192.0.2.1/24`. */
function octetsOf(address: string): Uint8Array {
  const octets = parseAddress(address.split('/')[0]!);
  if (octets === undefined) throw new StageError(`'${address}' is no IPv4 or IPv6 address`);
  return octets;
}

function normalAddress(address: string): string {
  const octets = octetsOf(address);
  return formatAddress(octets, 0, octets.length);
}

function advertisementBytes(
  parameters: VirtualRouterParameters,
  intent: VirtualRouterIntent,
  kernel: Kernel,
  priority: number,
): Uint8Array {
  const physical = intent.virtualMac === false || intent.transmitOnBase === true;
  return advertisementFrame({
    version: parameters.version,
    virtualRouterId: parameters.virtualRouterId,
    priority,
    interval: intervalNsToField(parameters.version, parameters.advertisementIntervalNs),
    source: parameters.primaryAddress,
    addresses: parameters.addresses,
    // RFC 9568 §5.2.8; nobody's default is imitated here.
    checksum: intent.family === 'ipv6' ? 'with-pseudo-header' : 'message-alone',
    ...(physical ? { sourceMac: kernel.base.mac } : {}),
  });
}

/** A gratuitous ARP or an unsolicited Neighbor Advertisement (RFC 9568 §6.4.2). */
function announcement(intent: VirtualRouterIntent, mac: Uint8Array, address: string): Uint8Array {
  return intent.family === 'ipv4'
    ? gratuitousArpFrame({ address, mac })
    : neighborAdvertisementFrame({ target: address, sourceMac: mac });
}
