import { DIRECTION_IN, DIRECTION_OUT } from '../capture/frame.ts';
import type { WireFault } from '../stage/action.ts';
import { StageError } from '../stage/stage.ts';
import { formatMac } from '../wire/mac.ts';
import type { Clock } from './clock.ts';
import { beginFault, type RunningFault } from './fault.ts';
import type { Tap } from './tap.ts';

/** How long a frame takes from the port that sends it to each port that receives it. */
export const WIRE_DELAY_NS = 10_000;
/** Addresses that a LAN's switch remembers; beyond them frames are flooded. */
const MAXIMUM_STATIONS = 4096;
const ETHERNET_HEADER = 14;

/** A port of a LAN, as the switch sees it. */
export interface SwitchPort {
  readonly interfaceIndex: number;
  readonly node: string;
  readonly lan: string;
  /** Whether the node at the other end has power. */
  powered: boolean;
  plugged: boolean;
  /** Takes a frame that has arrived into the node. */
  receive(bytes: Uint8Array): void;
}

/** The learning switches of a set, one a LAN, and the faults at their ports. */
export interface Switch {
  add(port: SwitchPort): void;
  port(node: string, lan: string): SwitchPort;
  /** A frame leaves a node: seen at its port where the link is up, and taken to whom it may concern. */
  transmit(port: SwitchPort, bytes: Uint8Array): void;
  /** A frame reaches a node, as if it came from the LAN. */
  deliver(port: SwitchPort, bytes: Uint8Array): void;
  /** A port has lost its link: what was learned there is forgotten. */
  forget(port: SwitchPort): void;
  beginFault(fault: WireFault): void;
  endFault(name: string): void;
}

export function isLinkUp(port: SwitchPort): boolean {
  return port.powered && port.plugged;
}

export function createSwitch(clock: Clock, tap: Tap, seed: number): Switch {
  const ports: SwitchPort[] = [];
  const stations = new Map<string, SwitchPort>();
  const faults = new Map<string, RunningFault>();

  const findPort = (node: string, lan: string): SwitchPort => {
    const found = ports.find((port) => port.node === node && port.lan === lan);
    if (found === undefined) throw new StageError(`node '${node}' has no port on LAN '${lan}'`);
    return found;
  };

  /** The faults of one direction of a port, in the order in which they began. */
  const faultsAt = ({ node, lan }: SwitchPort, direction: 'in' | 'out'): readonly RunningFault[] =>
    [...faults.values()].filter(
      ({ fault }) =>
        fault.node === node && fault.lan === lan && (fault.direction === 'both' || fault.direction === direction),
    );

  const deliver = (port: SwitchPort, bytes: Uint8Array): void => {
    if (!isLinkUp(port)) return;
    tap.frame(clock.now(), port.interfaceIndex, DIRECTION_IN, bytes);
    port.receive(bytes);
  };

  const leave = (port: SwitchPort, bytes: Uint8Array): void =>
    passFaults(faultsAt(port, 'in'), bytes, (passed) => {
      clock.after(WIRE_DELAY_NS, () => deliver(port, passed));
    });

  const learn = (port: SwitchPort, bytes: Uint8Array): void => {
    const isGroup = (bytes[6]! & 1) !== 0;
    const station = `${port.lan} ${formatMac(bytes, 6)}`;
    if (!isGroup && (stations.size < MAXIMUM_STATIONS || stations.has(station))) stations.set(station, port);
  };

  const forward = (from: SwitchPort, bytes: Uint8Array): void => {
    if (bytes.length < ETHERNET_HEADER) return;
    learn(from, bytes);
    const isGroup = (bytes[0]! & 1) !== 0;
    const known = isGroup ? undefined : stations.get(`${from.lan} ${formatMac(bytes, 0)}`);
    for (const port of known === undefined ? ports : [known]) {
      if (port !== from && port.lan === from.lan) leave(port, bytes);
    }
  };

  return {
    add: (port) => ports.push(port),
    port: findPort,
    deliver,
    transmit(port, bytes) {
      if (!isLinkUp(port)) return;
      tap.frame(clock.now(), port.interfaceIndex, DIRECTION_OUT, bytes);
      passFaults(faultsAt(port, 'out'), bytes, (passed) => forward(port, passed));
    },
    forget(lost) {
      for (const [station, port] of stations) if (port === lost) stations.delete(station);
    },
    beginFault(fault) {
      if (faults.has(fault.name)) throw new StageError(`a fault named '${fault.name}' is under way already`);
      findPort(fault.node, fault.lan);
      faults.set(fault.name, beginFault(fault, seed, clock));
    },
    endFault(name) {
      if (!faults.delete(name)) throw new StageError(`no fault named '${name}' is under way`);
    },
  };
}

/** Leads a frame through one fault after the other, and on. */
function passFaults(faults: readonly RunningFault[], bytes: Uint8Array, pass: (bytes: Uint8Array) => void): void {
  const [first, ...others] = faults;
  if (first === undefined) pass(bytes);
  else first.apply(bytes, (passed) => passFaults(others, passed, pass));
}
